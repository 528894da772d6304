/** Counts of the most frequent words, bounded in size. */
export interface TopCounts {
  readonly size: number;
  add(word: string): void;
  /** The highest counts, highest first. */
  top(limit: number): [word: string, count: number][];
}

/**
 * Makes one that has counted nothing. Where there are more words than `capacity`, the rarer half is forgotten: a count
 * may then be too low, and is never too high.
 */
export function createTopCounts(capacity: number): TopCounts {
  let counts = new Map<string, number>();

  /** Of equal counts the newest first. */
  const sorted = (): [string, number][] => [...counts].reverse().sort(([, a], [, b]) => b - a);

  return {
    get size() {
      return counts.size;
    },
    add(word) {
      const count = counts.get(word);
      if (count === undefined && counts.size >= capacity) {
        counts = new Map(
          sorted()
            .slice(0, Math.floor(capacity / 2))
            .reverse(),
        );
      }
      counts.set(word, (count ?? 0) + 1);
    },
    top: (limit) => sorted().slice(0, limit),
  };
}
