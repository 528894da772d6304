/** A map of bounded size. */
export interface RecentMap<K, V> {
  readonly size: number;
  /** How often one had to make room. */
  readonly evictions: number;
  /** Counts as a use. */
  get(key: K): V | undefined;
  /** Puts it in, or in the place of what was there; counts as a use. */
  set(key: K, value: V): void;
  clear(): void;
}

/** Makes an empty map of so many entries at most; the one that was used longest ago makes room. */
export function createRecentMap<K, V>(capacity: number): RecentMap<K, V> {
  // A map keeps the order in which its keys were put in.
  const entries = new Map<K, V>();
  let evictions = 0;
  return {
    get size() {
      return entries.size;
    },
    get evictions() {
      return evictions;
    },
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      if (!entries.delete(key) && entries.size >= capacity) {
        for (const oldest of entries.keys()) {
          entries.delete(oldest);
          evictions++;
          break;
        }
      }
      entries.set(key, value);
    },
    clear: () => entries.clear(),
  };
}
