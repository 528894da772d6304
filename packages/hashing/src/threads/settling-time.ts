/** The times of a file, in nanoseconds since the epoch. */
interface FileTimes {
  readonly mtime: bigint;
  readonly ctime: bigint;
}

/** Twice the longest tick of the kernel's clock, which file times are taken from (CONFIG_HZ is 100 at least). */
const TICKS_MS = 20;
/** Where a file system keeps whole seconds. */
const COARSE_MS = 1100;
/** Times further ahead were set by hand, or come from a machine whose clock is wrong: they do not tell when it was changed. */
const AHEAD_MS = 2000;

/**
 * How long to wait before a file is read, in milliseconds. One that was written a moment ago could be written once more without that its
 * times change, since they go in steps: what is read too early might not be what the same times stand for later.
 *
 * @param now milliseconds since the epoch.
 */
export function settlingTime({ mtime, ctime }: FileTimes, now: number): number {
  const isCoarse = mtime % 1_000_000_000n === 0n && ctime % 1_000_000_000n === 0n;
  const age = now - Number((mtime > ctime ? mtime : ctime) / 1_000_000n);
  if (age < -AHEAD_MS) return 0;
  return Math.max(0, (isCoarse ? COARSE_MS : TICKS_MS) - age);
}
