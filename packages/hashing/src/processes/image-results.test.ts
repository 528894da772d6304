import { afterEach, expect, test, vi } from "vitest";
import { createImageResults, type ImageResult } from "./image-results.ts";

const GONE: ImageResult = { algorithms: ["md5"], executable: { ok: false, failure: "gone", reason: "" } };
const FILE = { device: 1, inode: 2n, size: 3n, mtime: 4n, ctime: 5n };

afterEach(() => void vi.useRealTimers());

test("the least recently used goes", () => {
  const results = createImageResults(2);
  for (const key of ["1", "2"]) results.set(key, GONE);
  results.get("1");
  results.set("3", GONE);
  expect(["1", "2", "3"].map((key) => results.get(key) !== undefined)).toEqual([true, false, true]);
  expect(results.size).toBe(2);
});

test("what may be otherwise the next time is forgotten then", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const results = createImageResults(2);
  results.set("1", { ...GONE, retryAt: performance.now() + 50 });
  vi.advanceTimersByTime(49);
  expect(results.get("1")).toBeDefined();
  vi.advanceTimersByTime(1);
  expect(results.get("1")).toBeUndefined();
});

test("an algorithm that is forgotten takes nothing else away", () => {
  const results = createImageResults(2);
  const executable = { ok: true, file: FILE, digests: { md5: "a", sha256: "b" } } as const;
  results.set("1", {
    algorithms: ["md5", "sha256"],
    executable,
    script: executable,
    memory: { md5: "c", sha256: "d" },
  });
  results.set("2", GONE);
  results.forget("md5");
  const left = { ...executable, digests: { sha256: "b" } };
  expect(results.get("1")).toEqual({
    algorithms: ["sha256"],
    executable: left,
    script: left,
    memory: { sha256: "d" },
  });
  expect(results.get("2")).toEqual({ ...GONE, algorithms: [] });
});
