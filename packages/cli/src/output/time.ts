const SECOND = 1_000_000_000n;

/** Nanoseconds since the epoch as ISO 8601 in UTC, with all nine digits. */
export function formatIsoTime(time: bigint): string {
  const seconds = new Date(Number(time / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${(time % SECOND).toString().padStart(9, "0")}Z`;
}

/** The time of day in the user's time zone, to the millisecond. */
export function formatClock(time: bigint): string {
  const date = new Date(Number(time / 1_000_000n));
  const two = (value: number): string => String(value).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
