import { afterExec, fillIn, hasOtherExecutable, isSameImage } from "./merge-process.ts";
import type { Process } from "./process.ts";

/** Earlier images that are kept of one process. */
export const HISTORY_LIMIT = 8;

/** An image that a process ran before. */
interface PastImage {
  readonly process: Process;
  readonly since: bigint;
}

/** A process in the store. Times are nanoseconds since the epoch. */
export interface StoredProcess {
  process: Process;
  /** Bytes that its images take, about. */
  weight: number;
  /** When its image began to run, or was first seen. */
  since: bigint;
  /** When its image was last seen to be the one that runs. */
  seen: bigint;
  /** Oldest first. */
  past: PastImage[];
  /** Undefined while it lives. */
  endedAt: bigint | undefined;
  /** Open connections that refer to it. */
  retained: number;
  /** Since when nothing has referred to it, while it is on the shelf of such processes. */
  freeSince: bigint;
  shelf: ProcessShelf | undefined;
  /** Its neighbours on the shelf. */
  before: StoredProcess | undefined;
  after: StoredProcess | undefined;
  /** The parent when it was first seen; a later one is only the reaper of orphans. */
  readonly parentPid: number;
  /** True while it keeps its ancestors: it lives, or a descendant does. */
  holds: boolean;
  /** The parent that it keeps. */
  parent: StoredProcess | undefined;
  /** The children by which it is kept. */
  children: Set<StoredProcess> | undefined;
  /** The process that had this pid before. */
  previous: StoredProcess | undefined;
}

/**
 * A row of stored processes, oldest first. A linked list: taking the first of a `Set` costs time for every entry
 * that was taken before (3 µs with 16,384 entries).
 */
export interface ProcessShelf {
  readonly size: number;
  first(): StoredProcess | undefined;
  /** The process must be on no shelf. */
  append(stored: StoredProcess): void;
  /** The process must be on this shelf. */
  remove(stored: StoredProcess): void;
  clear(): void;
}

/** A living process, first seen at `time`. */
export function newStoredProcess(process: Process, time: bigint): StoredProcess {
  return {
    process,
    weight: 0,
    since: time,
    seen: time,
    past: [],
    endedAt: undefined,
    retained: 0,
    freeSince: 0n,
    shelf: undefined,
    before: undefined,
    after: undefined,
    parentPid: process.ppid,
    holds: false,
    parent: undefined,
    children: undefined,
    previous: undefined,
  };
}

/** The process was seen so at `time`. Returns false where that came too late to be believed over what is stored. */
export function recordSighting(stored: StoredProcess, process: Process, time: bigint): boolean {
  if (hasOtherExecutable(stored.process, process)) return recordExec(stored, process, time);
  if (time < stored.seen) return recordLateSighting(stored, process, time);
  stored.process = fillIn(process, stored.process);
  stored.seen = time;
  return true;
}

/** The process began to run another image at `time`. Returns false where the stored one is newer. */
export function recordExec(stored: StoredProcess, image: Process, time: bigint): boolean {
  // Whoever tells of it took it from the store, which has heard of the exec already.
  if (image === stored.process) return recordSighting(stored, image, time);
  if (time < stored.seen) {
    if (isSameImage(stored.process, image)) return recordLateSighting(stored, image, time);
    recordPast(stored, image, time);
    return false;
  }
  recordPast(stored, stored.process, stored.since);
  stored.process = afterExec(image, stored.process);
  stored.since = time;
  stored.seen = time;
  return true;
}

/** More facts about the image that ran at `time`. Returns false where they came too late to be believed over what is stored. */
export function recordFacts(stored: StoredProcess, facts: Partial<Process>, time: bigint): boolean {
  // What an earlier image was is nothing that the present one is.
  if (time < stored.since) return false;
  const { pid, startTime, ppid, comm } = stored.process;
  if (time < stored.seen) {
    stored.process = fillIn(stored.process, facts);
    return false;
  }
  stored.process = fillIn({ ppid, comm, ...defined(facts), pid, startTime }, stored.process);
  stored.seen = time;
  return true;
}

/** The image that ran at `time`; after the end the last one, since its sockets outlive a process by a moment. */
export function imageAt(stored: StoredProcess, time: bigint): Process | undefined {
  if (time >= stored.since) return stored.process;
  return stored.past.findLast((image) => image.since <= time)?.process;
}

function recordLateSighting(stored: StoredProcess, process: Process, time: bigint): boolean {
  const before = stored.past.at(-1);
  if (before !== undefined && time < before.since) {
    recordPast(stored, process, time);
    return false;
  }
  stored.process = fillIn(stored.process, process);
  if (time < stored.since) stored.since = time;
  return false;
}

function recordPast(stored: StoredProcess, process: Process, since: bigint): void {
  const next = stored.past.findIndex((image) => image.since > since);
  stored.past.splice(next < 0 ? stored.past.length : next, 0, { process, since });
  if (stored.past.length > HISTORY_LIMIT) stored.past.shift();
}

function defined<T extends object>(facts: T): T {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T;
}
