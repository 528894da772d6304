import { expect, test } from "vitest";
import type { Process } from "./process.ts";
import { createProcessStore, type ProcessStore } from "./process-store.ts";

const GRACE = 1000n;

function newStore(capacity = 100): ProcessStore {
  return createProcessStore({ capacity, graceMs: Number(GRACE) / 1e6 });
}

function process(pid: number, facts: Partial<Process> = {}): Process {
  return { pid, startTime: BigInt(pid), ppid: 1, comm: `p${pid}`, path: `/bin/p${pid}`, ...facts };
}

const image = (path: string, facts: Partial<Process> = {}) => process(7, { path, comm: path.slice(1), ...facts });

test("adds, finds, replaces, deletes and counts", () => {
  const store = newStore();
  const added = process(7);
  expect(store.add(added, 1n)).toBe(added);
  expect(store.get(added)).toBe(added);
  expect(store.getByPid(7)).toBe(added);
  expect(store.has(added)).toBe(true);
  expect(store.has({ pid: 7, startTime: 8n })).toBe(false);
  expect(store.hasPid(7)).toBe(true);
  expect(store.hasPid(8)).toBe(false);
  expect(store.get({ pid: 8, startTime: 8n })).toBeUndefined();
  expect([...store.values()]).toEqual([added]);
  expect(store.stats()).toMatchObject({ size: 1, hits: 2, misses: 1, ended: 0, evictions: 0 });
  expect(store.delete(added)).toBe(true);
  expect(store.delete(added)).toBe(false);
  expect(store.size).toBe(0);
  expect(store.getByPid(7)).toBeUndefined();
});

test("a process seen again keeps what the newer sight does not know", () => {
  const store = newStore();
  store.add(process(7, { cwd: "/old", args: ["a", "b"], user: "ann", uid: 1000, denied: ["realPath"] }), 1n);
  const known = store.add(process(7, { cwd: "/new", uid: 0, realPath: "/x", denied: ["args"] }), 2n);
  expect(known).toMatchObject({ cwd: "/new", args: ["a", "b"], realPath: "/x", uid: 0 });
  // The name of another user id, and a denial of what is known, are no facts any more.
  expect(known.user).toBeUndefined();
  expect(known.denied).toBeUndefined();
});

test("an older sight of the same image only fills gaps", () => {
  const store = newStore();
  store.add(process(7, { cwd: "/new" }), 5n);
  expect(store.add(process(7, { cwd: "/old", args: ["a"] }), 4n)).toMatchObject({ cwd: "/new", args: ["a"] });
  expect(store.getAt(process(7), 4n)?.path).toBe("/bin/p7");
  expect(store.stats().outdated).toBe(1);
});

test("updates add facts and leave the identity alone", () => {
  const store = newStore();
  store.add(process(7), 1n);
  store.update(process(7), { checksums: { md5: "1" } }, 2n);
  store.update(process(7), { exeKind: "file", pid: 9, startTime: 9n }, 3n);
  expect(store.update(process(7), { checksums: { md5: "3" }, cwd: "/c" }, 4n)).toMatchObject({
    pid: 7,
    startTime: 7n,
    cwd: "/c",
    checksums: { md5: "3" },
    exeKind: "file",
  });
  expect(store.update(process(8), { cwd: "/" })).toBeUndefined();
});

test("facts about an image that runs no more are dropped", () => {
  const store = newStore();
  store.add(image("/a"), 1n);
  store.replace(image("/b"), 10n);
  expect(store.update(process(7), { checksums: { md5: "of /a" } }, 9n)?.checksums).toBeUndefined();
  expect(store.stats().outdated).toBe(1);
});

test("exec over exec replaces the image, keeps what exec keeps, and remembers the last 8", () => {
  const store = newStore();
  store.add(image("/0", { cgroup: "/c", cwd: "/w", checksums: { md5: "0" }, uid: 5 }), 0n);
  for (let index = 1; index <= 10; index++) store.replace(image(`/${index}`), BigInt(index * 10));
  expect(store.getByPid(7)).toMatchObject({ path: "/10", cgroup: "/c", cwd: "/w" });
  expect(store.getByPid(7)?.checksums).toBeUndefined();
  expect(store.getByPid(7)?.uid).toBeUndefined();
  expect(store.history(process(7)).map(({ path }) => path)).toEqual(["/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9"]);
  expect(store.getAt(process(7), 55n)?.path).toBe("/5");
  expect(store.getAt(process(7), 1000n)?.path).toBe("/10");
  expect(store.getAt(process(7), 19n)).toBeUndefined();
  expect(store.size).toBe(1);
});

test("an old image that comes late goes into the history only", () => {
  const store = newStore();
  store.add(image("/a"), 10n);
  store.replace(image("/c"), 30n);
  expect(store.replace(image("/b"), 20n).path).toBe("/c");
  expect(store.add(image("/sh"), 5n).path).toBe("/c");
  expect(store.history(process(7)).map(({ path }) => path)).toEqual(["/sh", "/a", "/b"]);
  expect(store.getAt(process(7), 25n)?.path).toBe("/b");
  expect(store.stats().outdated).toBe(2);
});

test("an exec that was read from /proc before its event came is one image, not two", () => {
  const store = newStore();
  store.add(image("/sh"), 10n);
  store.replace(image("/curl", { args: ["curl", "x"] }), 30n);
  store.replace(image("/curl", { args: ["curl", "x"] }), 20n);
  expect(store.history(process(7)).map(({ path }) => path)).toEqual(["/sh"]);
  expect(store.getAt(process(7), 25n)?.path).toBe("/curl");
});

test("seeing another executable without an exec event is an exec all the same", () => {
  const store = newStore();
  store.add(image("/sh", { args: ["sh", "-c", "curl"] }), 10n);
  expect(store.add(image("/curl"), 20n)).toMatchObject({ path: "/curl" });
  expect(store.getByPid(7)?.args).toBeUndefined();
  expect(store.history(process(7)).map(({ path }) => path)).toEqual(["/sh"]);
});

test("an ended process stays for the grace time", () => {
  const store = newStore();
  store.add(process(7), 1n);
  expect(store.end(process(7), 100n)).toBe(store.getByPid(7));
  expect(store.isEnded(process(7))).toBe(true);
  expect(store.sweep(99n + GRACE)).toBe(0);
  expect(store.sweep(100n + GRACE)).toBe(1);
  expect(store.hasPid(7)).toBe(false);
  expect(store.end(process(7))).toBeUndefined();
});

test("an end with an earlier time than a later event is an end, and a late event does not bring it back", () => {
  const store = newStore();
  store.add(image("/a"), 10n);
  store.replace(image("/b"), 50n);
  store.end(process(7), 40n);
  expect(store.isEnded(process(7))).toBe(true);
  expect(store.sweep(49n + GRACE)).toBe(0);
  store.add(image("/a"), 20n);
  store.replace(image("/c"), 60n);
  expect(store.isEnded(process(7))).toBe(true);
  expect(store.sweep(50n + GRACE)).toBe(1);
});

test("an end far in the future does not keep a process for ever", () => {
  const store = newStore();
  store.add(process(7), 1n);
  store.end(process(7), 1n << 63n);
  expect(store.sweep(BigInt(Date.now() + 1) * 1_000_000n + GRACE)).toBe(1);
});

test("a process that is seen alive after its end lives, a zombie does not", () => {
  const store = newStore();
  store.add(process(7), 1n);
  store.end(process(7), 10n);
  store.add(process(7, { state: "Z" }), 20n);
  expect(store.isEnded(process(7))).toBe(true);
  store.add(process(7, { state: "S" }), 30n);
  expect(store.isEnded(process(7))).toBe(false);
  expect(store.sweep(1n << 62n)).toBe(0);
});

test("a reused pid inherits nothing and ends the process that had it", () => {
  const store = newStore();
  store.add(process(7, { startTime: 70n, cwd: "/old" }), 1n);
  store.add(process(7, { startTime: 90n }), 2n);
  expect(store.getByPid(7)?.startTime).toBe(90n);
  expect(store.getByPid(7)?.cwd).toBeUndefined();
  expect(store.isEnded({ pid: 7, startTime: 70n })).toBe(true);
  // Even one in between, heard of late.
  store.add(process(7, { startTime: 80n }), 3n);
  expect(store.getByPid(7)?.startTime).toBe(90n);
  expect(store.isEnded({ pid: 7, startTime: 80n })).toBe(true);
  expect(store.size).toBe(3);
  store.delete({ pid: 7, startTime: 80n });
  store.delete({ pid: 7, startTime: 90n });
  expect(store.getByPid(7)?.startTime).toBe(70n);
});

test("a living descendant keeps its ancestors, whoever was added first", () => {
  const store = newStore();
  store.add(process(30, { ppid: 20 }), 1n);
  store.add(process(20, { ppid: 10 }), 1n);
  store.add(process(10), 1n);
  store.end(process(10), 2n);
  store.end(process(20), 3n);
  expect(store.sweep(1n << 62n)).toBe(0);
  store.end(process(30), 1000n);
  expect(store.sweep(999n + GRACE)).toBe(0);
  expect(store.sweep(1000n + GRACE)).toBe(3);
});

test("a process of the parent's pid that is younger than the child is not its parent", () => {
  const store = newStore();
  store.add(process(20, { ppid: 10, startTime: 100n }), 1n);
  store.add(process(10, { startTime: 200n }), 1n);
  store.end({ pid: 10, startTime: 200n }, 2n);
  expect(store.sweep(1n << 62n)).toBe(1);
});

test("processes that claim to be each other's parent are dropped all the same", () => {
  const store = newStore();
  store.add(process(10, { ppid: 20, startTime: 5n }), 1n);
  store.add(process(20, { ppid: 10, startTime: 5n }), 1n);
  store.add(process(30, { ppid: 30, startTime: 5n }), 1n);
  for (const pid of [10, 20, 30]) store.end({ pid, startTime: 5n }, 2n);
  expect(store.sweep(1n << 62n)).toBe(3);
});

test("an open connection keeps its process, and calls nest", () => {
  const store = newStore();
  store.add(process(7), 1n);
  store.retain(process(7));
  store.retain(process(7));
  store.end(process(7), 2n);
  store.release(process(7));
  expect(store.sweep(1n << 62n)).toBe(0);
  store.release(process(7));
  store.release(process(7));
  expect(store.sweep(3n + GRACE)).toBe(0);
  expect(store.sweep(1n << 62n)).toBe(1);
});

test("room is made by what has ended and is free, then by what has ended, then by the oldest", () => {
  const store = newStore(4);
  store.add(process(10), 1n);
  store.add(process(20, { ppid: 10 }), 1n);
  store.add(process(30), 1n);
  store.add(process(40), 1n);
  store.end(process(10), 2n);
  store.end(process(40), 3n);
  store.end(process(30), 4n);
  const pids = () => [...store.values()].map(({ pid }) => pid).sort((a, b) => a - b);
  store.add(process(50), 5n);
  expect(pids()).toEqual([10, 20, 30, 50]);
  store.add(process(60), 5n);
  expect(pids()).toEqual([10, 20, 50, 60]);
  store.add(process(70), 5n);
  expect(pids()).toEqual([20, 50, 60, 70]);
  store.add(process(80), 5n);
  expect(pids()).toEqual([50, 60, 70, 80]);
  expect(store.stats()).toMatchObject({ size: 4, evictions: 4 });
});

test("clear forgets everything", () => {
  const store = newStore();
  store.add(process(20, { ppid: 10 }), 1n);
  store.add(process(10), 1n);
  store.clear();
  expect(store.size).toBe(0);
  expect(store.hasPid(10)).toBe(false);
  store.add(process(10), 1n);
  store.end(process(10), 2n);
  expect(store.sweep(1n << 62n)).toBe(1);
});

test("an exec that the store has heard of already is no second one", () => {
  const store = newStore();
  store.add(image("/a"), 1n);
  const known = store.replace(image("/b"), 2n);
  expect(store.replace(known, 3n)).toBe(known);
  expect(store.history(known).map(({ path }) => path)).toEqual(["/a"]);
  // The same program run once more is another image.
  store.replace(image("/b"), 4n);
  expect(store.history(known).map(({ path }) => path)).toEqual(["/a", "/b"]);
});
