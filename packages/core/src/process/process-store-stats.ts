import type { CacheStats } from "../cache/cache-stats.ts";

/** Counters of the process store. */
export interface ProcessStoreStats extends CacheStats {
  /** Processes that have ended and are kept for a while. */
  readonly ended: number;
  /** Updates that came too late to be believed. */
  readonly outdated: number;
  /** Bytes that all of them take, about. */
  readonly bytes: number;
  /** How often the arguments of a process were cut in order to make room. */
  readonly clipped: number;
}
