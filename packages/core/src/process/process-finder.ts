import type { Procfs } from "../procfs/procfs.ts";
import { readExeLink } from "../procfs/read-process-links.ts";
import { readStat } from "../procfs/read-stat.ts";
import { isImageUnchanged, isZombie } from "./image-identity.ts";
import { pinImage } from "./image-pin.ts";
import type { Process } from "./process.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import type { ProcessStore } from "./process-store.ts";
import { type ProcessReading, readProcessOnce } from "./read-process.ts";
import { recordReading } from "./record-reading.ts";
import { createVerifiedProcesses, type VerifiedProcess } from "./verified-processes.ts";

/** Finds processes by pid, from memory where that is provably still right, else from `/proc`. */
export interface ProcessFinder {
  /**
   * The process, living or lately ended, with its tree. What a program changes itself (name, directory, ids) may be a
   * second old; which program it is, is of now. Undefined for a pid that names no process, or one that may not be seen.
   */
  find(pid: number): Process | undefined;
  /** True if this very process lives and runs the executable that the store knows. Costs about 1 µs. */
  isCurrent(identity: ProcessIdentity): boolean;
  /** Closes all descriptors it holds. */
  close(): void;
}

/** Options of {@link createProcessFinder}. */
export interface ProcessFinderOptions {
  readonly procfs: Procfs;
  /** Where what was found is kept. */
  readonly store: ProcessStore;
  /** Collect the environment; it holds secrets. @default false */
  readonly captureEnv?: boolean;
  /** Processes that are watched by an open descriptor, at most. @default 256 */
  readonly capacity?: number;
}

/** How old may be what a program changes itself, in milliseconds. */
const MAX_AGE_MS = 1000;

/** Makes a finder. It holds descriptors: close it. */
export function createProcessFinder(options: ProcessFinderOptions): ProcessFinder {
  const { procfs, store } = options;
  const verified = createVerifiedProcesses(options.capacity ?? 256);
  let closed = false;

  /** True if what is known of the process still holds: it lives, runs the same image, and was read lately. */
  function holds(known: VerifiedProcess): boolean {
    const age = Date.now() - known.verifiedAt;
    if (age >= MAX_AGE_MS || age < 0) return false;
    known.used = true;
    return known.pin === undefined ? runsSameImage(procfs, known) : known.pin.isAlive();
  }

  /** Reads the process anew and brings the store up to date. */
  function refresh(pid: number): Process | undefined {
    const verifiedAt = Date.now();
    const stored = store.getByPid(pid);
    const reading = readProcessOnce(procfs, pid, {
      captureEnv: options.captureEnv === true,
    });
    if (!reading.ok) {
      verified.delete(pid);
      // What may not be looked at cannot be said to be right; what is gone has ended.
      if (reading.failure !== "gone" || stored === undefined) return undefined;
      if (!store.isEnded(stored)) store.end(stored);
      return store.getByPid(pid);
    }
    const { stat } = reading.value;
    const known = verified.get(pid);
    const hasRunOn = known !== undefined && isImageUnchanged(known.stat, stat) && known.pin?.isAlive() !== false;
    const process = recordReading(procfs, store, reading.value, hasRunOn);
    if (isZombie(stat) || closed) verified.delete(pid);
    else verified.set(verify(reading.value, hasRunOn ? known : undefined, verifiedAt));
    return process;
  }

  function verify({ stat }: ProcessReading, known: VerifiedProcess | undefined, verifiedAt: number): VerifiedProcess {
    const { pid, startTime } = stat;
    const link = readExeLink(procfs, pid);
    const pin = known?.pin ?? pinImage(procfs, pid, stat);
    return { pid, startTime, stat, exeLink: link.ok ? link.value : undefined, pin, verifiedAt, used: true };
  }

  return {
    find(pid) {
      if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
      const known = verified.get(pid);
      if (known !== undefined && holds(known)) {
        const stored = store.getByPid(pid);
        if (stored?.startTime === known.startTime) return stored;
      }
      return refresh(pid);
    },

    isCurrent(identity) {
      const known = verified.get(identity.pid);
      if (known !== undefined && known.startTime === identity.startTime && holds(known)) return true;
      const before = store.get(identity);
      if (before === undefined) return false;
      const now = refresh(identity.pid);
      return (
        now !== undefined &&
        now.startTime === identity.startTime &&
        now.path === before.path &&
        !store.isEnded(identity)
      );
    },

    close() {
      closed = true;
      verified.clear();
    },
  };
}

/** For a process that cannot be pinned: the same start time, addresses and executable. */
function runsSameImage(procfs: Procfs, known: VerifiedProcess): boolean {
  const stat = readStat(procfs, known.pid);
  if (!stat.ok || !isImageUnchanged(known.stat, stat.value) || isZombie(stat.value)) return false;
  if (known.exeLink === undefined) return true;
  const link = readExeLink(procfs, known.pid);
  return link.ok && link.value === known.exeLink;
}
