import { expect, test } from "vitest";
import { createPidCache } from "./pid-cache.ts";

const process = (pid: number, startTime = BigInt(pid)) => ({ pid, startTime });
const sockets = (...inodes: number[]) => new Map(inodes.map((inode, index) => [inode, index + 3]));
const pids = (processes: readonly { pid: number }[]) => processes.map(({ pid }) => pid);

test("the most recent process comes first", () => {
  const cache = createPidCache({ capacity: 10 });
  for (const pid of [1, 2, 3, 1]) cache.touch(process(pid));
  expect(pids(cache.recent())).toEqual([1, 3, 2]);
  expect(pids(cache.recent(2))).toEqual([1, 3]);
});

test("finds who held a socket, and with which descriptor", () => {
  const cache = createPidCache({ capacity: 10 });
  cache.touch(process(1), sockets(100, 101));
  cache.touch(process(1));
  expect(cache.findInode(101)?.pid).toBe(1);
  expect(cache.findInode(101)?.sockets.get(101)).toBe(4);
  cache.touch(process(1), sockets(102));
  expect(cache.findInode(101)).toBeUndefined();
  expect(cache.findInode(102)?.pid).toBe(1);
  expect(cache.stats()).toMatchObject({ hits: 3, misses: 1 });
});

test("a shared socket is the one's who was seen with it last, and stays so when the other goes", () => {
  const cache = createPidCache({ capacity: 10 });
  cache.touch(process(1), sockets(100));
  cache.touch(process(2), sockets(100));
  expect(cache.findInode(100)?.pid).toBe(2);
  cache.delete(process(1));
  expect(cache.findInode(100)?.pid).toBe(2);
});

test("a reused pid inherits nothing, and its former process does not come back", () => {
  const cache = createPidCache({ capacity: 10 });
  cache.touch(process(1, 10n), sockets(100));
  cache.touch(process(1, 20n));
  expect(cache.findInode(100)).toBeUndefined();
  cache.touch(process(1, 10n), sockets(100));
  expect(cache.findInode(100)).toBeUndefined();
  expect(cache.recent()).toMatchObject([{ pid: 1, startTime: 20n }]);
  expect(cache.delete(process(1, 10n))).toBe(false);
  expect(cache.delete(process(1, 20n))).toBe(true);
});

test("is bounded by processes and by sockets", () => {
  const cache = createPidCache({ capacity: 3, socketCapacity: 4 });
  for (const pid of [1, 2, 3, 4]) cache.touch(process(pid), sockets(pid * 10));
  expect(pids(cache.recent())).toEqual([4, 3, 2]);
  expect(cache.findInode(10)).toBeUndefined();
  cache.touch(process(5), sockets(50, 51, 52));
  expect(pids(cache.recent())).toEqual([5, 4]);
  cache.touch(process(6), sockets(60, 61, 62, 63, 64, 65));
  expect(pids(cache.recent())).toEqual([6]);
  expect(cache.findInode(65)?.pid).toBe(6);
  expect(cache.stats()).toMatchObject({ size: 1, evictions: 5 });
});

test("sweeps and clears", () => {
  const cache = createPidCache({ capacity: 10 });
  for (const pid of [1, 2, 3]) cache.touch(process(pid), sockets(pid * 10));
  expect(cache.sweep(({ pid }) => pid !== 2)).toBe(1);
  expect(pids(cache.recent())).toEqual([3, 1]);
  expect(cache.findInode(20)).toBeUndefined();
  cache.clear();
  expect(cache.recent()).toEqual([]);
  expect(cache.findInode(30)).toBeUndefined();
});
