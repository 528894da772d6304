/** Something that waits: an event for its end, or a gap for the records that are missing. */
export interface Waiting {
  /** When it has waited for long enough, by the time that the stream had come to when it began; nanoseconds since the epoch. */
  readonly deadline: bigint;
  /** When it was first looked at, by the clock of who looks. */
  lookedAt?: bigint;
}

/**
 * Whether it has waited for `timeout` nanoseconds, by the clock of who asks. What the records say is not enough: the clock may have been
 * set back since, and another machine has another clock.
 */
export function isDue(waiting: Waiting, now: bigint, timeout: bigint): boolean {
  if (now >= waiting.deadline) return true;
  if (waiting.lookedAt === undefined || waiting.lookedAt > now) waiting.lookedAt = now;
  return now - waiting.lookedAt >= timeout;
}
