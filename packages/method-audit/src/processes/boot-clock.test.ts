import { DEFAULT_PROCFS, readStat } from "@procmon/core";
import { expect, it } from "vitest";
import { createBootClock, procClocks, wallClock } from "./boot-clock.ts";

it("tells times as clock ticks since boot, and back", () => {
  const clock = createBootClock(() => ({ realtime: 1_000_000_000_000n, boottime: 250_000_000_000n }));
  expect(clock.ticksAt(1_000_000_000_000n)).toBe(25_000n);
  expect(clock.ticksAt(1_000_009_999_999n)).toBe(25_000n);
  expect(clock.ticksAt(0n)).toBe(0n);
  expect(clock.epochAt(25_000n)).toBe(1_000_000_000_000n);
});

it("gets truer with each reading, and follows a wall clock that is set", () => {
  let offset = 9_000_000n;
  const clock = createBootClock(() => ({ realtime: 100_000_000_000n + offset, boottime: 100_000_000_000n }));
  expect(clock.epochAt(0n)).toBe(9_000_000n);
  for (const [next, expected] of [
    [2_000_000n, 2_000_000n],
    [8_000_000n, 2_000_000n],
    [3_600_000_000_000n, 3_600_000_000_000n],
    [-1n, -1n],
  ] as const) {
    offset = next;
    clock.compare();
    expect(clock.epochAt(0n)).toBe(expected);
  }
});

it("reads the machine's clocks", () => {
  const clock = createBootClock(procClocks(DEFAULT_PROCFS));
  const stat = readStat(DEFAULT_PROCFS, process.pid);
  const start = stat.ok ? stat.value.startTime : 0n;
  expect(start).toBeGreaterThan(0n);
  const now = clock.ticksAt(wallClock());
  expect(now).toBeGreaterThanOrEqual(start);
  // This process has run for so long, by Node's own clock.
  const age = BigInt(Math.round(performance.now() / 10));
  expect(Number(now - start - age)).toBeGreaterThanOrEqual(-3);
  expect(Number(now - start - age)).toBeLessThan(500);
});

it("does without clocks", () => {
  const clock = createBootClock(procClocks({ root: "/nowhere" }));
  clock.compare();
  expect(clock.ticksAt(10_000_000n)).toBe(1n);
});
