import { expect, test } from "vitest";
import type { Process } from "./process.ts";
import { clipProcess, processWeight } from "./process-weight.ts";

const plain: Process = { pid: 1, startTime: 1n, ppid: 0, comm: "x", path: "/bin/x", args: ["x", "", "y"], cwd: "/" };

test("weighs whatever a process can make long", () => {
  const long = "a".repeat(1_000_000);
  const weights = [
    processWeight({ ...plain, args: [long] }),
    processWeight({ ...plain, args: new Array(1_000_000).fill("") }),
    processWeight({ ...plain, env: { A: long } }),
    processWeight({ ...plain, env: { [long]: "" } }),
    processWeight({ ...plain, tree: [{ pid: 1, path: long }] }),
    processWeight({ ...plain, cwd: long }),
    processWeight({ ...plain, script: { path: long, interpreter: "/bin/sh" } }),
  ];
  for (const weight of weights) expect(weight).toBeGreaterThan(1_000_000);
  expect(processWeight(plain)).toBeLessThan(2000);
  const executable = { device: 1, inode: 1n };
  expect(processWeight({ ...plain, executable })).toBeGreaterThan(processWeight(plain));
});

test("clips what is large, and says so", () => {
  const args = ["first", "b".repeat(10_000), "last"];
  const clipped = clipProcess({ ...plain, args, env: { SECRET: "x" }, tree: [{ pid: 1, path: "/bin/x" }] });
  expect(clipped).toEqual({
    ...plain,
    args: ["first", "b".repeat(4096 - 5)],
    argsTotal: 3,
    argsTruncated: true,
    tree: [{ pid: 1, path: "/bin/x" }],
  });
  expect(clipProcess(clipped)).toBe(clipped);
});

test("clips many small arguments, and one that is too long by itself", () => {
  const many = clipProcess({ ...plain, args: new Array(100_000).fill("") });
  expect(many).toMatchObject({ argsTotal: 100_000, argsTruncated: true });
  expect(many.args).toEqual(new Array(64).fill(""));
  const one = clipProcess({ ...plain, args: ["é".repeat(5000)] });
  expect(one).toMatchObject({ argsTotal: 1, argsTruncated: true, args: ["é".repeat(4096)] });
  expect(clipProcess({ ...plain, args: ["\udc80".repeat(5000)] }).args).toEqual(["\udc80".repeat(4096)]);
});

test("does not invent a number of arguments, and leaves out a tree of long paths", () => {
  const cut = clipProcess({ ...plain, args: ["a".repeat(5000)], argsTruncated: true });
  expect(cut.argsTotal).toBeUndefined();
  expect(clipProcess({ ...plain, args: ["a".repeat(5000)], argsTruncated: true, argsTotal: 9 }).argsTotal).toBe(9);
  expect("tree" in clipProcess({ ...plain, tree: new Array(100).fill({ pid: 1, path: "/x".repeat(500) }) })).toBe(
    false,
  );
});

test("gives an ordinary process as it is", () => {
  expect(clipProcess(plain)).toBe(plain);
});
