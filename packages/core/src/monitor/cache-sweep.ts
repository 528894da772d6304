import type { InodeCache } from "../cache/inode-cache.ts";
import type { PidCache } from "../cache/pid-cache.ts";
import { reasonOf } from "../method/method-error.ts";
import type { Logger } from "../method/monitor-method.ts";
import type { ProcessIdentity } from "../process/process-identity.ts";
import type { ProcessStore } from "../process/process-store.ts";
import { listPids } from "../procfs/list-pids.ts";
import { DEFAULT_PROCFS, type Procfs } from "../procfs/procfs.ts";
import { readHidepid } from "../procfs/read-hidepid.ts";
import { readStartTime } from "../procfs/read-stat.ts";
import type { Clock } from "./clock.ts";

/** Processes whose start time is compared in one sweep: about a millisecond of reading. */
const COMPARED_AT_ONCE = 256;

/** What a sweep works on. */
export interface CacheSweepOptions {
  readonly procfs: Procfs;
  readonly processes: ProcessStore;
  readonly inodes: InodeCache;
  readonly pids: PidCache;
  readonly clock: Clock;
  readonly log: Logger;
  recordEnd(identity: ProcessIdentity, time: bigint): void;
}

/**
 * Makes the sweep of the caches: it ends processes that died unseen, and drops what was kept long enough. A pid that is listed again
 * and again may have changed hands: a few start times are compared each time, in turn.
 */
export function createCacheSweep(options: CacheSweepOptions): () => void {
  const { procfs, processes, inodes, pids, clock, log, recordEnd } = options;
  let turn = 0;

  function endTheDead(): void {
    const listed = new Set(listPids(procfs));
    // Where processes may be hidden, one that is not listed may live.
    const hidepid = readHidepid(procfs);
    const isListComplete = hidepid.ok && hidepid.value.mode !== "invisible" && hidepid.value.mode !== "ptraceable";
    const isGone = (pid: number) =>
      !listed.has(pid) && (procfs.root === DEFAULT_PROCFS.root ? hasNoProcess(pid) : isListComplete);

    const living = [...processes.values()].filter((process) => !processes.isEnded(process));
    const time = clock();
    for (const process of living) if (isGone(process.pid)) recordEnd(process, time);
    for (let count = Math.min(COMPARED_AT_ONCE, living.length); count > 0; count--) {
      turn = (turn + 1) % living.length;
      const process = living[turn];
      if (process === undefined) continue;
      const startTime = readStartTime(procfs, process.pid);
      if (startTime !== undefined && startTime !== process.startTime) recordEnd(process, time);
    }
    inodes.sweep((_key, { ownership }) => !ownership.owners.some(({ pid }) => isGone(pid)));
    pids.sweep(({ pid }) => !isGone(pid));
  }

  return () => {
    try {
      endTheDead();
    } catch (error) {
      log.warn(`The caches could not be compared with /proc: ${reasonOf(error)}`);
    }
    processes.sweep(clock());
  };
}

/** Asks the kernel, which also answers for processes that are hidden (kill(2)). */
function hasNoProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
