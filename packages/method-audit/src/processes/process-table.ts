import { clipProcess, type Process, type ProcessIdentity, processWeight } from "@procmon/core";
import type { TrackedProcess } from "./tracked-process.ts";

/** Processes by pid: those that live, and those that ended a moment ago, so that late records do not make new ones of them. */
export interface ProcessTable {
  /** How many live. */
  readonly size: number;
  readonly endedSize: number;
  /** The living process of that pid. */
  living(pid: number): TrackedProcess | undefined;
  /** The process of that pid that ended last. */
  ended(pid: number): TrackedProcess | undefined;
  /** This very process, if it is here. */
  find(identity: ProcessIdentity): TrackedProcess | undefined;
  /** Adds one that lives. One of that pid must have been ended before. */
  add(tracked: TrackedProcess): void;
  /** Puts what is known now in the place of what was known. Returns what is kept, which may be cut where there is little room. */
  describe(tracked: TrackedProcess, process: Process): void;
  end(tracked: TrackedProcess, time: bigint): void;
  /** It was taken to have ended, and has not. */
  revive(tracked: TrackedProcess): void;
  /** Forgets what has ended. */
  forget(tracked: TrackedProcess): void;
  /** Changes meanwhile are seen. */
  allLiving(): IterableIterator<TrackedProcess>;
  allEnded(): IterableIterator<TrackedProcess>;
}

/** Bounds of a table. */
export interface ProcessTableOptions {
  /** Processes at most. Room is made by those that ended first, then by those that are known longest: these are learned again when they do something. @default 65,536 */
  readonly capacity?: number;
  /** Bytes beyond which what comes is cut, about. @default 32 MiB */
  readonly maxBytes?: number;
}

/** Makes an empty table. */
export function createProcessTable(options: ProcessTableOptions = {}): ProcessTable {
  const { capacity = 65_536, maxBytes = 32 * 1024 * 1024 } = options;
  const living = new Map<number, TrackedProcess>();
  const ended = new Map<number, TrackedProcess>();
  let bytes = 0;

  function remove(from: Map<number, TrackedProcess>, tracked: TrackedProcess): boolean {
    if (from.get(tracked.pid) !== tracked) return false;
    from.delete(tracked.pid);
    bytes -= tracked.weight;
    return true;
  }

  function insert(into: Map<number, TrackedProcess>, tracked: TrackedProcess): void {
    const before = into.get(tracked.pid);
    if (before !== undefined) remove(into, before);
    into.set(tracked.pid, tracked);
    bytes += tracked.weight;
    if (living.size + ended.size > capacity) makeRoom(tracked);
  }

  function makeRoom(spared: TrackedProcess): void {
    for (const shelf of [ended, living]) {
      for (const oldest of shelf.values()) {
        if (oldest === spared) continue;
        remove(shelf, oldest);
        return;
      }
    }
  }

  function weigh(tracked: TrackedProcess, process: Process): void {
    const kept = bytes > maxBytes ? clipProcess(process) : process;
    tracked.process = kept;
    tracked.weight = processWeight(kept);
  }

  return {
    get size() {
      return living.size;
    },
    get endedSize() {
      return ended.size;
    },
    living: (pid) => living.get(pid),
    ended: (pid) => ended.get(pid),
    find({ pid, startTime }) {
      const known = living.get(pid);
      if (known?.startTime === startTime) return known;
      const before = ended.get(pid);
      return before?.startTime === startTime ? before : undefined;
    },
    add(tracked) {
      weigh(tracked, tracked.process);
      insert(living, tracked);
    },
    describe(tracked, process) {
      const isHere = living.get(tracked.pid) === tracked || ended.get(tracked.pid) === tracked;
      const before = tracked.weight;
      weigh(tracked, process);
      if (isHere) bytes += tracked.weight - before;
    },
    end(tracked, time) {
      tracked.endedAt = time;
      if (remove(living, tracked)) insert(ended, tracked);
    },
    revive(tracked) {
      tracked.endedAt = undefined;
      if (remove(ended, tracked)) insert(living, tracked);
    },
    forget: (tracked) => void remove(ended, tracked),
    allLiving: () => living.values(),
    allEnded: () => ended.values(),
  };
}
