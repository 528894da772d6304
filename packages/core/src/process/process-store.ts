import { createPidGenerations } from "./pid-generations.ts";
import type { Process } from "./process.ts";
import { createProcessBudget } from "./process-budget.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { createLineage, hasChildren } from "./process-lineage.ts";
import { createProcessShelf } from "./process-shelf.ts";
import type { ProcessStoreStats } from "./process-store-stats.ts";
import {
  imageAt,
  newStoredProcess,
  recordExec,
  recordFacts,
  recordSighting,
  type StoredProcess,
} from "./stored-process.ts";

export type { ProcessStoreStats } from "./process-store-stats.ts";

/**
 * All processes that are known, by identity (pid and start time). A process stays while it lives, while a living
 * descendant or an open connection refers to it, and then for a grace time. Times are nanoseconds since the epoch.
 */
export interface ProcessStore {
  readonly size: number;
  /**
   * Adds a process. One that is there already keeps what the new one does not know. One that had ended before `time`
   * lives again, unless it is a zombie. Another process that had this pid before has ended. Returns what is now stored.
   */
  add(process: Process, time?: bigint): Process;
  /**
   * The same executable as before, with more or newer facts. Facts older than the image are dropped. Does nothing for an unknown process.
   */
  update(identity: ProcessIdentity, facts: Partial<Process>, time?: bigint): Process | undefined;
  /**
   * The process runs another executable (exec): its image is replaced, its history is kept. An image
   * older than the stored one goes into the history only. Returns what is now stored.
   */
  replace(process: Process, time?: bigint): Process;
  /** The process has ended; it is dropped after the grace time. */
  end(identity: ProcessIdentity, time?: bigint): Process | undefined;
  get(identity: ProcessIdentity): Process | undefined;
  /** The living process of this pid, else the one that ended last. */
  getByPid(pid: number): Process | undefined;
  /** The image that ran at `time`, where the history reaches so far; after its end the last one. */
  getAt(identity: ProcessIdentity, time: bigint): Process | undefined;
  /** Earlier images of the process, oldest first; the last 8. */
  history(identity: ProcessIdentity): readonly Process[];
  has(identity: ProcessIdentity): boolean;
  hasPid(pid: number): boolean;
  isEnded(identity: ProcessIdentity): boolean;
  /** An open connection refers to the process: it is kept until `release`. Calls nest. Does nothing for an unknown process. */
  retain(identity: ProcessIdentity): void;
  release(identity: ProcessIdentity): void;
  delete(identity: ProcessIdentity): boolean;
  /** All of them, the living ones first, as they are now: changing the store meanwhile is safe. */
  values(): IterableIterator<Process>;
  /** Drops what has ended, is past its grace time and is referred to by nothing. Returns how many. */
  sweep(now?: bigint): number;
  clear(): void;
  stats(): ProcessStoreStats;
}

/** Options of `createProcessStore`. */
export interface ProcessStoreOptions {
  /**
   * Processes it holds at most; at least 1. Room is made by those that have ended and are referred to by nothing, then by others that
   * have ended, then by living ones; the oldest first.
   */
  readonly capacity: number;
  /** Milliseconds that an ended process is kept after the last thing that referred to it. */
  readonly graceMs: number;
  /**
   * Bytes that they take at most, about. Room is made by those with long arguments or environments, whose arguments are cut
   * (`argsTruncated`) and whose environment is dropped, the oldest first; then as with `capacity`. @default 128 MiB
   */
  readonly maxBytes?: number;
  /** The time where a call gives none, in nanoseconds since the epoch. @default the wall clock, in whole milliseconds */
  readonly clock?: () => bigint;
}

/** Makes an empty store. */
export function createProcessStore(options: ProcessStoreOptions): ProcessStore {
  const { capacity, graceMs, maxBytes, clock: now = wallClock } = options;
  const grace = BigInt(Math.round(graceMs * 1e6));
  const generations = createPidGenerations();
  const living = createProcessShelf();
  /** Ended, but something refers to them. */
  const held = createProcessShelf();
  /** Ended, and referred to by nothing. */
  const free = createProcessShelf();
  let hits = 0;
  let misses = 0;
  let evictions = 0;
  let outdated = 0;

  const lineage = createLineage({
    findParent: generations.at,
    onChange: shelve,
  });

  const budget = createProcessBudget({ maxBytes, evict });

  const size = () => living.size + held.size + free.size;

  /** Puts the process on the shelf that fits its state. */
  function shelve(stored: StoredProcess, time: bigint): void {
    const isReferredTo = stored.retained > 0 || hasChildren(stored);
    const shelf = stored.endedAt === undefined ? living : isReferredTo ? held : free;
    if (shelf === stored.shelf) return;
    stored.shelf?.remove(stored);
    shelf.append(stored);
    if (shelf !== free) return;
    // A time in the future would keep the process for as long as somebody's clock is wrong.
    stored.freeSince = earlier(time > stored.seen ? time : stored.seen, now());
  }

  function insert(process: Process, time: bigint): StoredProcess {
    const stored = newStoredProcess(process, time);
    const before = generations.insert(stored);
    if (before !== undefined) {
      // The kernel gives a pid away only after the process that had it is gone.
      if (generations.newest(process.pid) === stored) finish(before, time);
      else stored.endedAt = time;
    }
    shelve(stored, time);
    lineage.enter(stored, time);
    while (size() > capacity && evict(stored, time));
    return stored;
  }

  /** Its images have changed. Returns the one that is now stored. */
  function changed(stored: StoredProcess, time: bigint): Process {
    budget.reweigh(stored, time);
    return stored.process;
  }

  function finish(stored: StoredProcess, time: bigint): void {
    if (stored.endedAt !== undefined) return;
    stored.endedAt = time;
    shelve(stored, time);
    lineage.settle(stored, time);
  }

  function evict(spared: StoredProcess, time: bigint): boolean {
    for (const shelf of [free, held, living]) {
      const first = shelf.first();
      const oldest = first === spared ? spared.after : first;
      if (oldest === undefined) continue;
      drop(oldest, time);
      evictions++;
      return true;
    }
    return false;
  }

  function drop(stored: StoredProcess, time: bigint): void {
    generations.remove(stored);
    stored.shelf?.remove(stored);
    lineage.leave(stored, time);
    budget.forget(stored);
  }

  return {
    get size() {
      return size();
    },

    add(process, time = now()) {
      const stored = generations.find(process);
      if (stored === undefined) return changed(insert(process, time), time);
      if (!recordSighting(stored, process, time)) outdated++;
      const isAlive = process.state !== "Z" && process.state !== "X";
      if (
        stored.endedAt !== undefined &&
        time > stored.endedAt &&
        isAlive &&
        generations.newest(process.pid) === stored
      ) {
        stored.endedAt = undefined;
        shelve(stored, time);
        lineage.enter(stored, time);
      }
      return changed(stored, time);
    },

    update(identity, facts, time = now()) {
      const stored = generations.find(identity);
      if (stored === undefined) return undefined;
      if (!recordFacts(stored, facts, time)) outdated++;
      return changed(stored, time);
    },

    replace(process, time = now()) {
      const stored = generations.find(process);
      if (stored === undefined) return changed(insert(process, time), time);
      if (!recordExec(stored, process, time)) outdated++;
      return changed(stored, time);
    },

    end(identity, time = now()) {
      const stored = generations.find(identity);
      if (stored !== undefined) finish(stored, time);
      return stored?.process;
    },

    get(identity) {
      const stored = generations.find(identity);
      if (stored === undefined) misses++;
      else hits++;
      return stored?.process;
    },

    getByPid(pid) {
      const stored = generations.newest(pid);
      if (stored === undefined) misses++;
      else hits++;
      return stored?.process;
    },

    getAt(identity, time) {
      const stored = generations.find(identity);
      return stored && imageAt(stored, time);
    },

    history: (identity) => generations.find(identity)?.past.map((image) => image.process) ?? [],
    has: (identity) => generations.find(identity) !== undefined,
    hasPid: (pid) => generations.has(pid),
    isEnded: (identity) => generations.find(identity)?.endedAt !== undefined,

    retain(identity) {
      const stored = generations.find(identity);
      if (stored === undefined) return;
      stored.retained++;
      shelve(stored, stored.seen);
    },

    release(identity) {
      const stored = generations.find(identity);
      if (stored === undefined || stored.retained === 0) return;
      stored.retained--;
      shelve(stored, now());
    },

    delete(identity) {
      const stored = generations.find(identity);
      if (stored !== undefined) drop(stored, now());
      return stored !== undefined;
    },

    values() {
      const processes: Process[] = [];
      for (const shelf of [living, held, free]) {
        for (let stored = shelf.first(); stored !== undefined; stored = stored.after) processes.push(stored.process);
      }
      return processes.values();
    },

    sweep(time = now()) {
      let dropped = 0;
      let stored = free.first();
      while (stored !== undefined) {
        const next: StoredProcess | undefined = stored.after;
        if (stored.freeSince + grace <= time) {
          drop(stored, time);
          dropped++;
        }
        stored = next;
      }
      return dropped;
    },

    clear() {
      for (const shelf of [living, held, free]) shelf.clear();
      generations.clear();
      lineage.clear();
      budget.clear();
    },

    stats: () => ({
      size: size(),
      capacity,
      hits,
      misses,
      evictions,
      ended: held.size + free.size,
      outdated,
      bytes: budget.bytes,
      clipped: budget.clipped,
    }),
  };
}

function wallClock(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function earlier(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
