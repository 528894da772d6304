import { expect, it } from "vitest";
import { createBootClock } from "./boot-clock.ts";

const HOUR_NS = 3_600_000_000_000n;

/** Clocks of a machine that is up for an hour. */
function setUp() {
  const now = { monotonic: HOUR_NS, boottime: HOUR_NS };
  return { now, clock: createBootClock(() => ({ ...now })) };
}

it("tells start times in clock ticks, also of a machine that was suspended before", () => {
  const { clock } = setUp();
  expect(clock.ticksAt(HOUR_NS + 19_999_999n)).toBe(360_001n);
  const { now } = setUp();
  now.boottime += HOUR_NS;
  expect(createBootClock(() => ({ ...now })).ticksAt(HOUR_NS)).toBe(720_000n);
});

it("notices that the machine was suspended, once", () => {
  const { now, clock } = setUp();
  now.monotonic += HOUR_NS;
  now.boottime += HOUR_NS;
  expect(clock.compare()).toBe(false);
  now.boottime += 60_000_000_000n;
  expect(clock.compare()).toBe(true);
  expect(clock.compare()).toBe(false);
  expect(clock.ticksAt(now.monotonic)).toBe(now.boottime / 10_000_000n);
});

it("keeps the order of events, and tells them in this time", () => {
  const { clock } = setUp();
  expect(clock.epochAt(6n) - clock.epochAt(5n)).toBe(1n);
  const now = clock.epochAt(process.hrtime.bigint());
  expect(Math.abs(Number(now / 1_000_000n) - Date.now())).toBeLessThan(60_000);
});
