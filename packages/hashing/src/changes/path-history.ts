import type { Digests } from "../algorithms/algorithm.ts";

/** What was run by one path. */
interface LastRun {
  /** When, in nanoseconds since the epoch. */
  time: bigint;
  digests: Digests;
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
}

/** Makes an empty one. The paths that were run longest ago are forgotten. */
export function createPathHistory(capacity: number): PathHistory {
  const runs = new Map<string, LastRun>();
  return {
    note(scope, path, time, digests) {
      const key = `${scope} ${path}`;
      const last = runs.get(key);
      if (last !== undefined && time < last.time) return undefined;
      runs.delete(key);
      runs.set(key, { time, digests });
      const oldest = runs.size > capacity ? runs.keys().next().value : undefined;
      if (oldest !== undefined) runs.delete(oldest);
      return last !== undefined && isOther(last.digests, digests) ? last.digests : undefined;
    },
  };
}

/** True if an algorithm that both have gives other checksums. A file without fs-verity has an empty one, which says nothing. */
function isOther(before: Digests, now: Digests): boolean {
  const names = Object.keys(now) as (keyof Digests)[];
  return names.some((name) => before[name] && now[name] && before[name] !== now[name]);
}
