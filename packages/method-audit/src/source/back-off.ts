/** How long to wait between attempts: each time twice as long. */
export interface BackOff {
  /** Waits, for `atLeastMs` where that is longer. False where it was told to stop meanwhile. */
  wait(atLeastMs?: number): Promise<boolean>;
  /** The next wait is the first one again. */
  reset(): void;
}

/** Milliseconds of the first wait, and of the longest. */
export const FIRST_WAIT_MS = 100;
export const LONGEST_WAIT_MS = 10_000;

/** Makes a back-off, which never waits on once `signal` is aborted, and does not keep this process alive. */
export function createBackOff(
  signal: AbortSignal,
  firstMs: number = FIRST_WAIT_MS,
  longestMs: number = LONGEST_WAIT_MS,
): BackOff {
  let nextMs = firstMs;
  return {
    wait(atLeastMs = 0) {
      const waitMs = Math.max(nextMs, atLeastMs);
      nextMs = Math.min(nextMs * 2, longestMs);
      return new Promise((resolve) => {
        const over = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", over);
          resolve(!signal.aborted);
        };
        const timer = setTimeout(over, waitMs).unref();
        if (signal.aborted) over();
        else signal.addEventListener("abort", over);
      });
    },
    reset() {
      nextMs = firstMs;
    },
  };
}
