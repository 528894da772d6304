import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBackOff } from "./back-off.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** How long it waits, by the clock of the test. */
async function waited(wait: Promise<boolean>): Promise<number> {
  const since = Date.now();
  await vi.runAllTimersAsync();
  expect(await wait).toBe(true);
  return Date.now() - since;
}

function make(random: () => number, signal = new AbortController().signal) {
  return createBackOff({ signal, firstMs: 1000, longestMs: 60_000, random });
}

test("waits twice as long each time, up to the longest, and from the start again after a reset", async () => {
  const backOff = make(() => 0);
  for (const expected of [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
    expect(await waited(backOff.wait())).toBe(expected);
  }
  backOff.reset();
  expect(await waited(backOff.wait())).toBe(1000);
});

test("waits up to half as long again, by chance, and never longer than the longest", async () => {
  const chances = [1, 0.5, 0.2, 1, 1, 1, 1];
  const backOff = make(() => chances.shift() ?? 0);
  for (const expected of [1500, 2500, 4400, 12_000, 24_000, 48_000, 60_000]) {
    expect(await waited(backOff.wait())).toBe(expected);
  }
});

test("waits no more once it is told to stop, and leaves no timer", async () => {
  const abort = new AbortController();
  const backOff = make(Math.random, abort.signal);
  const waiting = backOff.wait();
  abort.abort();
  expect(await waiting).toBe(false);
  expect(await backOff.wait()).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});
