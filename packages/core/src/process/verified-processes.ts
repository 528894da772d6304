import type { ProcStat } from "../procfs/parse-stat.ts";
import type { ImagePin } from "./image-pin.ts";

/** A process that was read whole, and what tells whether that still holds. */
export interface VerifiedProcess {
  readonly pid: number;
  readonly startTime: bigint;
  readonly stat: ProcStat;
  /** What `/proc/<pid>/exe` was; undefined where there is none or it may not be read. */
  readonly exeLink: string | undefined;
  readonly pin: ImagePin | undefined;
  /** Milliseconds since the epoch, when reading began. */
  verifiedAt: number;
  /** Asked for since room was last needed. */
  used: boolean;
}

/** Verified processes by pid. Those not asked for lately make room and give back their descriptors. */
export interface VerifiedProcesses {
  get(pid: number): VerifiedProcess | undefined;
  set(process: VerifiedProcess): void;
  delete(pid: number): void;
  clear(): void;
}

/** Makes an empty set of at most `capacity` processes. */
export function createVerifiedProcesses(capacity: number): VerifiedProcesses {
  const byPid = new Map<number, VerifiedProcess>();

  function drop(pid: number): void {
    byPid.get(pid)?.pin?.close();
    byPid.delete(pid);
  }

  /** Second chance: what was used goes to the end once, so that a hit costs no change of order. */
  function makeRoom(): void {
    for (const [pid, process] of byPid) {
      if (byPid.size < capacity) return;
      if (process.used) {
        process.used = false;
        byPid.delete(pid);
        byPid.set(pid, process);
      } else drop(pid);
    }
  }

  return {
    get: (pid) => byPid.get(pid),
    set(process) {
      const before = byPid.get(process.pid);
      if (before?.pin !== process.pin) before?.pin?.close();
      byPid.delete(process.pid);
      makeRoom();
      byPid.set(process.pid, process);
    },
    delete: drop,
    clear() {
      for (const pid of [...byPid.keys()]) drop(pid);
    },
  };
}
