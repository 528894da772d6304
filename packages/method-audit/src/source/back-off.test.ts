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

test("waits twice as long each time, up to the longest, and from the start again after a reset", async () => {
  const backOff = createBackOff(new AbortController().signal, 100, 500);
  for (const expected of [100, 200, 400, 500, 500]) expect(await waited(backOff.wait())).toBe(expected);
  backOff.reset();
  expect(await waited(backOff.wait(700))).toBe(700);
  expect(await waited(backOff.wait(1))).toBe(200);
});

test("by default from a tenth of a second to ten seconds", async () => {
  const backOff = createBackOff(new AbortController().signal);
  const waits: number[] = [];
  for (let attempt = 0; attempt < 9; attempt++) waits.push(await waited(backOff.wait()));
  expect([waits[0], waits.at(-1)]).toEqual([100, 10_000]);
});

test("waits no more once it is told to stop", async () => {
  const abort = new AbortController();
  const backOff = createBackOff(abort.signal);
  const waiting = backOff.wait();
  abort.abort();
  expect(await waiting).toBe(false);
  expect(await backOff.wait()).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});
