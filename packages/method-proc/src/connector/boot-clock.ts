import { nowNs, TICK_NS } from "../scan/scan-clock.ts";

/** The kernel's time stamps of events, as others tell the time. */
export interface BootClock {
  /** Nanoseconds since the epoch. */
  epochAt(monotonic: bigint): bigint;
  /** As the start time of a process that began then: clock ticks since boot. */
  ticksAt(monotonic: bigint): bigint;
  /** Compares the clocks again. Returns true if the machine was suspended since the last time. */
  compare(): boolean;
}

/** The clocks that are compared. */
export type ReadBootClocks = () => { readonly monotonic: bigint; readonly boottime: bigint };

/** Whoever was suspended was so for longer. */
const SUSPENSION_NS = 5_000_000n;

/** Who reads two clocks may be interrupted in between: of so many tries, one is not. */
const TRIES = 5;

/** Makes a clock. */
export function createBootClock(read: ReadBootClocks): BootClock {
  // One offset for all events, so that their order is kept.
  const toEpoch = smallest(() => nowNs() - process.hrtime.bigint(), -1n);
  const ahead = (): bigint => {
    const { monotonic, boottime } = read();
    return boottime - monotonic;
  };
  let toBoot = smallest(ahead, 1n);

  return {
    epochAt: (monotonic) => monotonic + toEpoch,
    ticksAt: (monotonic) => (monotonic + toBoot) / TICK_NS,
    compare() {
      if (ahead() - toBoot < SUSPENSION_NS) return false;
      const now = smallest(ahead, 1n);
      if (now - toBoot < SUSPENSION_NS) return false;
      toBoot = now;
      return true;
    },
  };
}

/** The clock that is read second is ahead by as long as it took: the smallest difference, or with `-1n` the largest, is the truest. */
function smallest(difference: () => bigint, sign: bigint): bigint {
  let best = difference();
  for (let attempt = 1; attempt < TRIES; attempt++) {
    const next = difference();
    if ((next - best) * sign < 0n) best = next;
  }
  return best;
}
