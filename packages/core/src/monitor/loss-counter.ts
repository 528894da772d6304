/** Different losses that are counted apart; further ones count as `other:other`. */
const LIMIT = 256;

/** Counts what was lost, by `source:cause`. */
export interface LossCounter {
  add(source: string, cause: string, count: number): void;
  counts(): Record<string, number>;
}

/** Makes a counter that has counted nothing. */
export function createLossCounter(): LossCounter {
  const counts = new Map<string, number>();
  return {
    add(source, cause, count) {
      const name = `${source}:${cause}`;
      const key = counts.has(name) || counts.size < LIMIT ? name : "other:other";
      counts.set(key, (counts.get(key) ?? 0) + count);
    },
    counts: () => Object.fromEntries(counts),
  };
}
