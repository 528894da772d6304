/** Nanoseconds in a clock tick of `/proc`, the unit of start times (USER_HZ is 100). */
export const TICK_NS = 10_000_000n;

/** Now, in nanoseconds since the epoch, to the microsecond. */
export function nowNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}
