import { pause } from "./pause.ts";

/** How long to wait between attempts: each time twice as long, and never quite as long as another one waits. */
export interface BackOff {
  /** False where it was told to stop meanwhile. */
  wait(): Promise<boolean>;
  /** The next wait is a first one again. */
  reset(): void;
}

/** What a back-off is made with. */
export interface BackOffOptions {
  readonly signal: AbortSignal;
  /** Milliseconds of the first wait, and of the longest. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * How much longer than its base a wait may be: many hosts whose UI comes back must not all call it at the same moment.
 */
const JITTER = 0.5;

/**
 * Makes a back-off. A wait is never shorter than its base: OpenSnitch's UI forgets a node that has left only a little
 * later, and would forget the one that comes back at once with it.
 */
export function createBackOff({ signal, firstMs, longestMs, random = Math.random }: BackOffOptions): BackOff {
  let baseMs = firstMs;
  return {
    wait() {
      const ms = Math.min(baseMs * (1 + JITTER * random()), longestMs);
      baseMs = Math.min(baseMs * 2, longestMs);
      return pause(ms, signal);
    },
    reset() {
      baseMs = firstMs;
    },
  };
}
