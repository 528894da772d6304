import { DEFAULT_PROCFS, type Process, processFile, readStartTime } from "@procmon/core";
import { expect, test } from "vitest";
import { executableTarget, scriptTarget } from "./candidates.ts";

const process_: Process = {
  pid: 42,
  startTime: 7n,
  ppid: 41,
  comm: "x",
  path: "/bin/x",
  executable: { device: 1, inode: 2n },
  tree: [{ pid: 42 }, { pid: 41 }, { pid: 1 }],
};

const paths = (process: Process) => executableTarget(DEFAULT_PROCFS, process).candidates.map(({ path }) => `${path}`);

test("the kernel's link, then the path as the process, its ancestors and this process see it", () => {
  expect(paths(process_)).toEqual([
    "/proc/42/exe",
    "/proc/42/root/bin/x",
    "/proc/41/root/bin/x",
    "/proc/1/root/bin/x",
    "/bin/x",
  ]);
  expect(paths({ ...process_, realPath: "/proc/42/root/other" })[1]).toBe("/proc/42/root/other");
});

test("below another root the path may be told from here or from there", () => {
  expect(paths({ ...process_, path: "/jail/bin/x", root: "/jail", tree: [] })).toEqual([
    "/proc/42/exe",
    "/proc/42/root/bin/x",
    "/proc/42/root/jail/bin/x",
    "/jail/bin/x",
  ]);
});

test("without an identity, for a memfd and for what is no path only the kernel's link", () => {
  const { executable: _, ...unknown } = process_;
  for (const process of [unknown, { ...process_, exeKind: "memfd" as const }, { ...process_, path: "bin/x" }]) {
    expect(paths(process)).toEqual(["/proc/42/exe"]);
  }
  expect(executableTarget(DEFAULT_PROCFS, { ...unknown, root: "/jail" }).names).toEqual([
    "/bin/x",
    "/bin/x (deleted)",
    "/jail/bin/x",
    "/jail/bin/x (deleted)",
  ]);
});

test("a long ancestry is not tried to its end", () => {
  const tree = Array.from({ length: 128 }, (_, i) => ({ pid: 42 + i }));
  expect(paths({ ...process_, tree })).toHaveLength(11);
});

test("without a time of execution it is told when the process started", () => {
  expect(executableTarget(DEFAULT_PROCFS, process_, 5n)).toMatchObject({ execTime: 5n });
  const startTime = readStartTime(DEFAULT_PROCFS, process.pid) as bigint;
  const { execTime, startedAt } = executableTarget(DEFAULT_PROCFS, { ...process_, startTime });
  expect(execTime).toBeUndefined();
  expect(Number(startedAt) / 1e6).toBeCloseTo(performance.timeOrigin, -4);
});

test("a script is looked for in the process's root only", () => {
  expect(scriptTarget(DEFAULT_PROCFS, process_)).toBeUndefined();
  expect(
    scriptTarget(DEFAULT_PROCFS, { ...process_, script: { path: "x.sh", interpreter: "/bin/sh" } }),
  ).toBeUndefined();
  const script = { path: "/x.sh", interpreter: "/bin/sh" };
  expect(scriptTarget(DEFAULT_PROCFS, { ...process_, script }, 5n)).toEqual({
    candidates: [
      { path: "/x.sh", trust: "path", pid: 42, startTime: 7n, inRoot: processFile(DEFAULT_PROCFS, 42, "root") },
    ],
    byPath: true,
    execTime: 5n,
  });
});
