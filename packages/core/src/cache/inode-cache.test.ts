import { expect, test } from "vitest";
import { createInodeCache, type KnownConnection } from "./inode-cache.ts";

function connection(inode: number, ...pids: [number, ...number[]]): KnownConnection {
  const [first, ...others] = pids.map((pid) => ({ pid, startTime: BigInt(pid) * 10n }));
  if (first === undefined) throw new Error("a connection has an owner");
  return { inode, ownership: { kind: "process", confidence: "exact", via: "scan", owners: [first, ...others] } };
}

test("remembers connections and counts hits and misses", () => {
  const cache = createInodeCache({ capacity: 10 });
  const known = connection(77, 1);
  cache.set("a", known);
  expect(cache.get("a")).toBe(known);
  expect(cache.get("b")).toBeUndefined();
  expect(cache.stats()).toEqual({ size: 1, capacity: 10, hits: 1, misses: 1, evictions: 0 });
});

test("the least recently used connection makes room", () => {
  const cache = createInodeCache({ capacity: 2 });
  cache.set("a", connection(1, 1));
  cache.set("b", connection(2, 1));
  cache.get("a");
  cache.set("c", connection(3, 1));
  expect(cache.get("b")).toBeUndefined();
  expect(cache.get("a")?.inode).toBe(1);
  expect(cache.get("c")?.inode).toBe(3);
  expect(cache.stats()).toMatchObject({ size: 2, evictions: 1 });
  expect(cache.deleteByPid(1)).toBe(2);
});

test("forgets all connections of a process, shared ones too", () => {
  const cache = createInodeCache({ capacity: 10 });
  cache.set("own", connection(1, 5));
  cache.set("shared", connection(2, 4, 5));
  cache.set("other", connection(3, 4));
  expect(cache.deleteByPid(5)).toBe(2);
  expect(cache.deleteByPid(5)).toBe(0);
  expect(cache.get("shared")).toBeUndefined();
  expect(cache.get("other")?.inode).toBe(3);
  expect(cache.deleteByPid(4)).toBe(1);
  expect(cache.stats().size).toBe(0);
});

test("a connection that changed hands belongs to its new owner only", () => {
  const cache = createInodeCache({ capacity: 10 });
  cache.set("a", connection(1, 5));
  cache.set("a", connection(1, 6));
  expect(cache.deleteByPid(5)).toBe(0);
  expect(cache.deleteByPid(6)).toBe(1);
});

test("sweeps, deletes and clears", () => {
  const cache = createInodeCache({ capacity: 10 });
  for (let inode = 1; inode <= 5; inode++) cache.set(`c${inode}`, connection(inode, inode));
  expect(cache.sweep((_key, known) => known.inode % 2 === 0)).toBe(3);
  expect(cache.stats().size).toBe(2);
  expect(cache.delete("c2")).toBe(true);
  expect(cache.delete("c2")).toBe(false);
  expect(cache.deleteByPid(2)).toBe(0);
  cache.clear();
  expect(cache.stats().size).toBe(0);
  expect(cache.deleteByPid(4)).toBe(0);
});
