let lastMilliseconds = -1;
let lastTime = 0n;

/**
 * A time as records have it (whole seconds since the epoch, and milliseconds), in nanoseconds. Many records in a row have the same one,
 * and to make a bigint costs as much as the rest of a record's head: so the last one is kept.
 */
export function eventTime(seconds: number, milliseconds: number): bigint {
  const total = seconds * 1000 + milliseconds;
  if (total !== lastMilliseconds) {
    lastTime = BigInt(total) * 1_000_000n;
    lastMilliseconds = total;
  }
  return lastTime;
}
