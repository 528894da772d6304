const SECOND = 1_000_000_000n;
/** The wall clock is read in milliseconds: smaller differences mean nothing. */
const TOLERANCE = 2_000_000n;

/** Tells the time in nanoseconds since the epoch. */
export type Clock = () => bigint;

/**
 * Makes a clock that runs with the monotonic one, so that it is finer than a millisecond and never steps back by rounding. Once a second
 * it is compared with the wall clock, and follows it where that has been set.
 */
export function createClock(): Clock {
  let offset = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)) - process.hrtime.bigint();
  let comparedAt = -SECOND;

  return () => {
    const monotonic = process.hrtime.bigint();
    if (monotonic - comparedAt >= SECOND) {
      comparedAt = monotonic;
      const ahead = BigInt(Date.now()) * 1_000_000n - (monotonic + offset);
      if (ahead > TOLERANCE || ahead < -TOLERANCE) offset += ahead;
    }
    return monotonic + offset;
  };
}
