import type { CacheStats } from "@procmon/core";
import type { HashFailure } from "../threads/hash-outcome.ts";

/** Why there are no checksums, for the time being. */
export interface KnownFailure {
  readonly failure: HashFailure;
  readonly reason: string;
}

/**
 * Failures of late, so that what cannot be read is not tried again on each event. Only those are kept that will hardly be otherwise a moment
 * later: `denied`, `failed`, `timeout` and `too_large`.
 */
export interface FailureCache {
  get(key: string): KnownFailure | undefined;
  /** False for a failure that is not kept. */
  set(key: string, failure: KnownFailure): boolean;
  stats(): CacheStats;
}

/** Options of {@link createFailureCache}. */
export interface FailureCacheOptions {
  /** Failures it holds at most; the oldest make room. @default 4096 */
  readonly capacity?: number;
  /** Milliseconds that a failure holds. @default 10000 */
  readonly holdMs?: number;
  /** Milliseconds, never going back. @default performance.now */
  readonly now?: () => number;
}

const KEPT: ReadonlySet<HashFailure> = new Set(["denied", "failed", "timeout", "too_large"]);

/** Makes an empty cache. */
export function createFailureCache(options: FailureCacheOptions = {}): FailureCache {
  const { capacity = 4096, holdMs = 10_000, now = () => performance.now() } = options;
  /** In order of time, since all hold equally long. */
  const failures = new Map<string, { readonly failure: KnownFailure; readonly until: number }>();
  let hits = 0;
  let misses = 0;
  let evictions = 0;

  function makeRoom(): void {
    for (const [key, { until }] of failures) {
      const isOver = until <= now();
      if (!isOver && failures.size < capacity) return;
      failures.delete(key);
      if (!isOver) evictions++;
    }
  }

  return {
    get(key) {
      const known = failures.get(key);
      if (known !== undefined && known.until > now()) {
        hits++;
        return known.failure;
      }
      misses++;
      failures.delete(key);
      return undefined;
    },

    set(key, failure) {
      failures.delete(key);
      if (!KEPT.has(failure.failure)) return false;
      makeRoom();
      failures.set(key, { failure, until: now() + holdMs });
      return true;
    },

    stats: () => ({ size: failures.size, capacity, hits, misses, evictions }),
  };
}
