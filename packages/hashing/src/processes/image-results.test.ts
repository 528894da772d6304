import type { Process } from "@procmon/core";
import { afterEach, expect, test, vi } from "vitest";
import { createImageResults, type ImageResult } from "./image-results.ts";

const GONE: ImageResult = { algorithms: ["md5"], executable: { ok: false, failure: "gone", reason: "" } };

function process(pid: number, facts: Partial<Process> = {}): Process {
  return { pid, startTime: 1n, ppid: 1, comm: "x", path: "/x", ...facts };
}

afterEach(() => void vi.useRealTimers());

test("are of one executable of one process", () => {
  const results = createImageResults(10);
  results.set(process(7), GONE);
  expect(results.get(process(7))).toBe(GONE);
  for (const other of [process(8), process(7, { startTime: 2n }), process(7, { path: "/y" })]) {
    expect(results.get(other)).toBeUndefined();
  }
  expect(results.get(process(7, { executable: { device: 1, inode: 2n } }))).toBeUndefined();
  expect(results.get(process(7, { script: { path: "/s", interpreter: "/x" } }))).toBeUndefined();
});

test("the least recently used goes", () => {
  const results = createImageResults(2);
  for (const pid of [1, 2]) results.set(process(pid), GONE);
  results.get(process(1));
  results.set(process(3), GONE);
  expect([1, 2, 3].map((pid) => results.get(process(pid)) !== undefined)).toEqual([true, false, true]);
  expect(results.size).toBe(2);
});

test("what may be otherwise the next time is forgotten then", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const results = createImageResults(2);
  results.set(process(1), { ...GONE, retryAt: performance.now() + 50 });
  vi.advanceTimersByTime(49);
  expect(results.get(process(1))).toBeDefined();
  vi.advanceTimersByTime(1);
  expect(results.get(process(1))).toBeUndefined();
});
