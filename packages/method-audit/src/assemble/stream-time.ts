/** How far the time of a stream has come, and how long what begins now has to wait. */
export interface StreamTime {
  /** A record of this time has come. True where it is later than all before it. */
  advance(time: bigint): boolean;
  /** It is that time now, by the reader's clock. */
  tick(now: bigint): void;
  /** The latest time of a record. */
  latest(): bigint;
  /** What begins now has waited for long enough at this time. */
  deadline(): bigint;
}

/**
 * The time of an event is when its system call began, which may have waited for hours since (`accept`): so it does not tell how long the
 * event's own end is missing. This goes by the latest of all records, and by the reader's clock.
 */
export function createStreamTime(timeout: bigint): StreamTime {
  let latest = 0n;
  let clock = 0n;
  let deadline = timeout;

  function setDeadline(): void {
    deadline = (latest > clock ? latest : clock) + timeout;
  }

  return {
    advance(time) {
      if (time <= latest) return false;
      latest = time;
      setDeadline();
      return true;
    },
    tick(now) {
      clock = now;
      setDeadline();
    },
    latest: () => latest,
    deadline: () => deadline,
  };
}
