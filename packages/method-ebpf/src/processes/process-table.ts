import type { Process, ProcessIdentity } from "@procmon/core";

/** The processes that live, as the kernel's programs told of them: by pid, since the kernel gives a pid away only after its end. */
export interface ProcessTable {
  readonly size: number;
  /** The process, if that pid is still this one's. */
  find(identity: ProcessIdentity): Process | undefined;
  set(process: Process): void;
  /** The process has forked, at this time of CLOCK_BOOTTIME. */
  noteFork(identity: ProcessIdentity, time: bigint): void;
  /** When it last forked; 0 where it has not, as far as is known. */
  lastFork(identity: ProcessIdentity): bigint;
  /** True if it has forked since: then others may hold what it holds. */
  hasForkedSince(identity: ProcessIdentity, time: bigint): boolean;
  /** The process has ended: it is forgotten, if that pid is still this one's. */
  end(identity: ProcessIdentity): void;
  values(): IterableIterator<Process>;
  /** From now on the table remembers which processes end. Returns a function that tells of one, and one that stops it. */
  watchEnds(): EndsWatch;
}

/** Which processes have ended since it began. */
export interface EndsWatch {
  has(identity: ProcessIdentity): boolean;
  stop(): void;
}

/** Makes an empty table. It holds no more than live: as many as the kernel has pids. */
export function createProcessTable(): ProcessTable {
  const processes = new Map<number, Process>();
  const forks = new Map<number, bigint>();
  const watches = new Set<Map<number, bigint>>();

  function find({ pid, startTime }: ProcessIdentity): Process | undefined {
    const process = processes.get(pid);
    return process?.startTime === startTime ? process : undefined;
  }

  return {
    get size() {
      return processes.size;
    },
    find,
    set: (process) => void processes.set(process.pid, process),
    noteFork(identity, time) {
      if (find(identity) !== undefined) forks.set(identity.pid, time);
    },
    lastFork: (identity) => (find(identity) === undefined ? 0n : (forks.get(identity.pid) ?? 0n)),
    hasForkedSince(identity, time) {
      const last = forks.get(identity.pid);
      return last !== undefined && last >= time && find(identity) !== undefined;
    },
    end(identity) {
      if (find(identity) !== undefined) {
        processes.delete(identity.pid);
        forks.delete(identity.pid);
      }
      for (const ended of watches) ended.set(identity.pid, identity.startTime);
    },
    values: () => processes.values(),
    watchEnds() {
      const ended = new Map<number, bigint>();
      watches.add(ended);
      return {
        has: ({ pid, startTime }) => ended.get(pid) === startTime,
        stop: () => void watches.delete(ended),
      };
    },
  };
}
