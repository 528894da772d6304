import { expect, test } from "vitest";
import { createFailureCache } from "./failure-cache.ts";

const denied = { failure: "denied", reason: "EACCES" } as const;

test("a failure holds for ten seconds", () => {
  let now = 1000;
  const cache = createFailureCache({ now: () => now });
  expect(cache.set("a", denied)).toBe(true);
  now += 9_999;
  expect(cache.get("a")).toBe(denied);
  now += 1;
  expect(cache.get("a")).toBeUndefined();
  expect(cache.stats()).toEqual({ size: 0, capacity: 4096, hits: 1, misses: 1, evictions: 0 });
});

test("what may be otherwise at once is not kept, and takes away what was", () => {
  const cache = createFailureCache();
  for (const failure of ["gone", "changed"] as const) {
    cache.set("a", denied);
    expect(cache.set("a", { failure, reason: "" })).toBe(false);
    expect(cache.get("a")).toBeUndefined();
  }
  for (const failure of ["failed", "timeout", "too_large"] as const) {
    expect(cache.set("a", { failure, reason: "" })).toBe(true);
    expect(cache.get("a")).toMatchObject({ failure });
  }
});

test("the oldest makes room, and what is over does first", () => {
  let now = 0;
  const cache = createFailureCache({ capacity: 3, holdMs: 10, now: () => now });
  for (const key of ["a", "b", "c", "a", "d"]) {
    cache.set(key, denied);
    now++;
  }
  expect(["a", "b", "c", "d"].filter((key) => cache.get(key))).toEqual(["a", "c", "d"]);
  expect(cache.stats()).toMatchObject({ size: 3, evictions: 1 });
  now = 100;
  cache.set("e", denied);
  expect(cache.stats()).toMatchObject({ size: 1, evictions: 1 });
});
