/** The forks that records have told of. */
export interface RecentForks {
  /** A record has told of this process. */
  note(pid: number): void;
  /**
   * A pid that was given away so long ago that the records of all that were given before it have come, unless they never do. Undefined before the first.
   */
  settled(): number | undefined;
}

/** Milliseconds after which the record of a fork has come: that of a vfork(2) is written only when the child runs a program of its own. */
const SETTLED_MS = 200;

/** Forks that are remembered. With more of them in that time there are too many new processes to look at anyway. */
const CAPACITY = 1024;

/** Makes an empty memory. */
export function createRecentForks(): RecentForks {
  const forks: { readonly pid: number; readonly at: number }[] = [];
  let settled: number | undefined;
  return {
    note(pid) {
      forks.push({ pid, at: performance.now() });
      if (forks.length > CAPACITY) settled = forks.shift()?.pid;
    },
    settled() {
      const now = performance.now();
      while (forks[0] !== undefined && now - forks[0].at > SETTLED_MS) settled = forks.shift()?.pid;
      return settled;
    },
  };
}
