import type { Process } from "@procmon/core";

/** A fork whose child was gone before anybody could look. */
export interface PendingFork {
  readonly child: number;
  /** As it was when it forked. */
  readonly parent: Process;
  /** The name of the thread that forked. */
  readonly comm: string;
  /** Nanoseconds since the epoch: when the call began. */
  readonly time: bigint;
  /** True where it is sure that the child is a process, and that this is its pid. */
  readonly isSure: boolean;
  /** When it is waited for no more, in nanoseconds since the epoch. */
  readonly dueAt: bigint;
}

/** Forks that wait for the first record of their child. */
export interface PendingForks {
  readonly size: number;
  /** The oldest makes room. */
  add(fork: PendingFork): void;
  /** True if a fork waits that made the process of this pid and parent. */
  has(pid: number, ppid: number): boolean;
  /** That fork. None of this pid waits any more. */
  take(pid: number, ppid: number): PendingFork | undefined;
  /** Those of whose child nothing came in time. They wait no more. */
  takeDue(now: bigint): readonly PendingFork[];
}

/** Forks at most. */
const CAPACITY = 4096;

/** Makes an empty set. */
export function createPendingForks(): PendingForks {
  const forks = new Map<number, PendingFork>();

  /** A parent in a pid namespace of its own may have meant another pid. */
  function find(pid: number, ppid: number): PendingFork | undefined {
    const fork = forks.get(pid);
    return fork !== undefined && (fork.isSure || fork.parent.pid === ppid) ? fork : undefined;
  }

  return {
    get size() {
      return forks.size;
    },
    add(fork) {
      forks.delete(fork.child);
      forks.set(fork.child, fork);
      if (forks.size <= CAPACITY) return;
      for (const oldest of forks.keys()) {
        forks.delete(oldest);
        return;
      }
    },
    has: (pid, ppid) => find(pid, ppid) !== undefined,
    take(pid, ppid) {
      const fork = find(pid, ppid);
      forks.delete(pid);
      return fork;
    },
    takeDue(now) {
      const due: PendingFork[] = [];
      for (const fork of forks.values()) {
        // They were added in the order in which they are due.
        if (fork.dueAt > now) break;
        due.push(fork);
      }
      for (const { child } of due) forks.delete(child);
      return due;
    },
  };
}
