import type { MethodHost } from "@procmon/core";
import type { BootClock } from "./boot-clock.ts";
import type { PendingForks } from "./pending-forks.ts";
import type { ProcessTable } from "./process-table.ts";

/** What all that apply events to processes work with. */
export interface TrackerContext {
  readonly host: MethodHost;
  readonly table: ProcessTable;
  readonly pending: PendingForks;
  readonly clock: BootClock;
  readonly counts: TrackerCounts;
  /** Nanoseconds since the epoch. */
  now(): bigint;
  /** True for a process that began after processes were watched, so that its fork can be told. @param start undefined where it is not known */
  isBorn(start: bigint | undefined): boolean;
}

/** What has been counted since the start. */
export interface TrackerCounts {
  execs: number;
  forks: number;
  exits: number;
  /** Forks that made a thread. */
  threads: number;
  /** Forks of which it could not be told what they made, as of processes in pid namespaces of their own. */
  unresolvedForks: number;
  /** Processes that had ended before their start time could be read. */
  estimatedStarts: number;
  /** Of these, such whose start time was learned later. */
  lateStarts: number;
  /** Processes that were seen to run something that nobody had told of. */
  missedExecs: number;
  /** Processes that were found to have ended without a record. */
  missedExits: number;
  /** Records that name no possible process, or one that was gone long before. */
  strayRecords: number;
}

/** Makes counters that stand at 0. */
export function createTrackerCounts(): TrackerCounts {
  return {
    execs: 0,
    forks: 0,
    exits: 0,
    threads: 0,
    unresolvedForks: 0,
    estimatedStarts: 0,
    lateStarts: 0,
    missedExecs: 0,
    missedExits: 0,
    strayRecords: 0,
  };
}
