/** The counters that every cache has. All but `size` and `capacity` only grow. */
export interface CacheStats {
  readonly size: number;
  readonly capacity: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
}
