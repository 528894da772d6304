/** Numbers that look random, the same ones for each seed. */
export interface SeededRandom {
  /** A whole number, 0 or more and less than `limit`. */
  below(limit: number): number;
  /** One of them. */
  pick<T>(of: readonly T[]): T;
}

/** The generator "mulberry32" (public domain), seeded with a 32-bit number. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  function below(limit: number): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }
  return {
    below,
    pick<T>(of: readonly T[]): T {
      const one = of[below(of.length)];
      if (one === undefined) throw new Error("There is nothing to pick from.");
      return one;
    },
  };
}
