import { type Algorithm, type Digests, withoutAlgorithm } from "../algorithms/algorithm.ts";
import { createRecentMap } from "../cache/recent-map.ts";
import { shortKey } from "../files/short-key.ts";

/** What was run by one path. */
interface LastRun {
  /** When, in nanoseconds since the epoch. */
  readonly time: bigint;
  readonly digests: Digests;
}

/** What each path held when it was last run. */
export interface PathHistory {
  /**
   * The file of this path was run. Gives the checksums of what was run before, if they are others. What is told late, of a time before
   * the last one, changes nothing.
   *
   * @param scope what the path is to be understood in: a mount namespace, a container.
   */
  note(scope: string, path: string, time: bigint, digests: Digests): Digests | undefined;
  /** Drops the checksums of one algorithm. */
  forget(algorithm: Algorithm): void;
}

/** Makes an empty one. The paths that were run longest ago are forgotten. */
export function createPathHistory(capacity: number): PathHistory {
  const runs = createRecentMap<string, LastRun>(capacity);
  return {
    note(scope, path, time, digests) {
      // A file without fs-verity has an empty one, which says nothing.
      if (!Object.values(digests).some((digest) => digest !== "")) return undefined;
      const key = shortKey(`${scope}\0${path}`);
      const last = runs.peek(key);
      if (last !== undefined && time < last.time) return undefined;
      const isSame = last !== undefined && compare(last.digests, digests, (before, now) => before === now);
      runs.set(key, { time, digests: isSame ? { ...last.digests, ...digests } : digests });
      const isOther = last !== undefined && compare(last.digests, digests, (before, now) => before !== now);
      return isOther ? last.digests : undefined;
    },
    forget(algorithm) {
      runs.replaceAll(({ time, digests }) => ({ time, digests: withoutAlgorithm(digests, algorithm) }));
    },
  };
}

/** True if that holds for an algorithm that both have. */
function compare(before: Digests, now: Digests, holds: (before: string, now: string) => boolean): boolean {
  const names = Object.keys(now) as Algorithm[];
  return names.some((name) => before[name] && now[name] && holds(before[name], now[name]));
}
