import { ALGORITHMS, type Algorithm } from "./algorithm.ts";

/** Which algorithms are asked for, and by how many. */
export interface ActiveAlgorithms {
  /** In a fixed order. */
  list(): readonly Algorithm[];
  /** True if it was not asked for before. */
  add(algorithm: Algorithm): boolean;
  /** True if nobody asks for it any more. False also where nobody did. */
  remove(algorithm: Algorithm): boolean;
}

/** Counts who asks for what: an algorithm is active until everybody who added it has removed it. */
export function createActiveAlgorithms(): ActiveAlgorithms {
  const counts = new Map<Algorithm, number>();
  let active: readonly Algorithm[] = [];

  function change(algorithm: Algorithm, by: 1 | -1): boolean {
    const before = counts.get(algorithm) ?? 0;
    const now = Math.max(0, before + by);
    counts.set(algorithm, now);
    if (now > 0 === before > 0) return false;
    active = ALGORITHMS.filter((each) => (counts.get(each) ?? 0) > 0);
    return true;
  }

  return {
    list: () => active,
    add: (algorithm) => change(algorithm, 1),
    remove: (algorithm) => change(algorithm, -1),
  };
}
