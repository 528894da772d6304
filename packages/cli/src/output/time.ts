const SECOND = 1_000_000_000n;

/** The largest and smallest time that a `Date` can have, in milliseconds. */
const DATE_RANGE_MS = 8_640_000_000_000_000n;

/**
 * Nanoseconds since the epoch as ISO 8601 in UTC, with all nine digits. Any number has a text: the times of a file are whatever its
 * owner says.
 */
export function formatIsoTime(time: bigint): string {
  const seconds = time / SECOND - (time % SECOND < 0n ? 1n : 0n);
  const ms = seconds * 1000n;
  if (ms > DATE_RANGE_MS || ms < -DATE_RANGE_MS) return `${seconds} s after 1970`;
  const fraction = (time - seconds * SECOND).toString().padStart(9, "0");
  return `${new Date(Number(ms)).toISOString().replace(/\.000Z$/, "")}.${fraction}Z`;
}

/** The time of day in the user's time zone, to the millisecond. */
export function formatClock(time: bigint): string {
  const date = new Date(Number(time / 1_000_000n));
  const two = (value: number): string => String(value).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
