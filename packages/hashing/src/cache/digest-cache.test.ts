import type { FileIdentity } from "@procmon/core";
import { expect, test } from "vitest";
import { createDigestCache } from "./digest-cache.ts";

const file = (inode: number, ctime = 3n): Required<FileIdentity> => ({
  device: 1,
  inode: BigInt(inode),
  size: 10n,
  mtime: 2n,
  ctime,
});

test("each of the five numbers tells files apart", () => {
  const cache = createDigestCache();
  const known = file(1);
  cache.set(known, { md5: "a" });
  expect(cache.get({ ...known })).toEqual({ md5: "a" });
  for (const change of [{ device: 2 }, { inode: 2n }, { size: 11n }, { mtime: 3n }, { ctime: 4n }]) {
    expect(cache.get({ ...known, ...change })).toBeUndefined();
  }
  expect(cache.stats()).toEqual({ size: 1, capacity: 4096, hits: 1, misses: 5, evictions: 0 });
});

test("what is not known in full is neither kept nor found", () => {
  const cache = createDigestCache();
  const { device, inode, size, mtime } = file(1);
  cache.set(file(1), { md5: "a" });
  for (const identity of [
    { device, inode },
    { device, inode, size, mtime },
  ]) {
    expect(cache.set(identity, { md5: "b" })).toBe(false);
    expect(cache.get(identity)).toBeUndefined();
    expect(cache.alias(identity, file(1))).toBe(false);
  }
  expect(cache.stats().size).toBe(1);
});

test("algorithms are added, and an algorithm is forgotten everywhere", () => {
  const cache = createDigestCache();
  cache.set(file(1), { md5: "a" });
  cache.set(file(1), { sha1: "b" });
  cache.set(file(2), { md5: "c" });
  expect(cache.get(file(1))).toEqual({ md5: "a", sha1: "b" });
  cache.forget("md5");
  expect(cache.get(file(1))).toEqual({ sha1: "b" });
  expect(cache.get(file(2))).toBeUndefined();
  expect(cache.stats()).toMatchObject({ size: 1, evictions: 0 });
});

test("two identities of one file share what is added later", () => {
  const cache = createDigestCache();
  cache.set(file(1), { md5: "a" });
  expect(cache.alias(file(1, 9n), file(1))).toBe(true);
  cache.set(file(1, 9n), { sha1: "b" });
  expect(cache.get(file(1))).toEqual({ md5: "a", sha1: "b" });
  expect(cache.stats().size).toBe(1);
  expect(cache.alias(file(3), file(4))).toBe(false);
});

test("an entry has no more than a few identities: the one that is in use stays", () => {
  const cache = createDigestCache();
  cache.set(file(1), { md5: "a" });
  for (let ctime = 100n; ctime < 200n; ctime++) cache.alias(file(1, ctime), file(1));
  const found = Array.from({ length: 100 }, (_, i) => cache.get(file(1, 100n + BigInt(i)))).filter(Boolean);
  expect(found).toHaveLength(7);
  expect(cache.get(file(1, 199n))).toEqual({ md5: "a" });
  expect(cache.get(file(1))).toEqual({ md5: "a" });
});

test("what has the same fs-verity digest is found by it", () => {
  const cache = createDigestCache({ capacity: 2 });
  cache.set(file(1), { fsverity: "sha256:1" });
  cache.set(file(2), { fsverity: "" });
  cache.set(file(1), { md5: "a" });
  expect(cache.getByVerity("sha256:1")).toEqual({ md5: "a", fsverity: "sha256:1" });
  expect(cache.getByVerity("")).toBeUndefined();
  // To be found counts as use.
  cache.set(file(2), { md5: "b" });
  cache.getByVerity("sha256:1");
  cache.set(file(3), { fsverity: "sha256:1" });
  expect(cache.get(file(2))).toBeUndefined();
  cache.set(file(4), {});
  cache.set(file(5), {});
  expect(cache.getByVerity("sha256:1")).toBeUndefined();
});

test("takes about a microsecond to ask", () => {
  const cache = createDigestCache();
  const now = BigInt(Date.now()) * 1_000_000n;
  const files = Array.from({ length: 4096 }, (_, i) => ({
    ...file(1_000_000 + i),
    mtime: now,
    ctime: now + BigInt(i),
  }));
  for (const each of files) cache.set(each, { md5: "a" });
  const rounds = Array.from({ length: 30 }, () => {
    const start = performance.now();
    for (const each of files) cache.get(each);
    return ((performance.now() - start) * 1000) / files.length;
  });
  // The best round: others may have been interrupted.
  expect(Math.min(...rounds)).toBeLessThan(1.5);
  expect(cache.stats()).toMatchObject({ hits: 30 * 4096, misses: 0 });
});
