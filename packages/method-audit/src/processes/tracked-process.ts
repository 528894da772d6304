import type { Process, ProcessIdentity } from "@procmon/core";

/** What is remembered of a process while it lives, and for a moment after. Times are nanoseconds since the epoch, but for start times. */
export interface TrackedProcess extends ProcessIdentity {
  /** As it was last told, or seen. */
  process: Process;
  /** Bytes that it takes, about. */
  weight: number;
  /** Its start time as the kernel has it. Undefined where `startTime` is an estimate; it may be learned later, and `startTime` stays. */
  exactStart: bigint | undefined;
  /** The latest that it can have started, where its start time is not known exactly. */
  readonly latestStart: bigint;
  /** Its executable, as its last record had it. */
  exe: string | undefined;
  /** Since when its forks have been seen: one who was there before may have forked earlier. */
  readonly knownSince: bigint;
  forkedAt: bigint | undefined;
  endedAt: bigint | undefined;
  /** False for one that was there when it was looked at first: a record may still tell that it was made. */
  isForkTold: boolean;
  /** When `process` was read from `/proc`: records from before that tell of something older. */
  readAt: bigint;
  /** Whether it has a pid namespace of its own, so that the pids of its children are told as seen in there; undefined until somebody asks. */
  isNested: boolean | undefined;
  /** Serial number of its last record. */
  lastSerial: number;
}

/** What is known of a process when it is first heard of. */
export type FirstKnown = Pick<TrackedProcess, "process" | "knownSince"> &
  Partial<Pick<TrackedProcess, "exactStart" | "latestStart" | "exe" | "isForkTold" | "readAt" | "isNested">>;

/** By so many ticks a record may have an earlier time than its process: the clock of records and that of start times are coarse. */
export const COARSE_TICKS = 2n;

/**
 * By so many ticks a child may have begun after the time of the record that tells of it, which is when the call began: whoever calls may have
 * to wait for the processor. Nothing gives a pid away again so soon.
 */
export const FORK_TICKS = 100n;

/** Makes one that lives. Its identity is that of `process`. */
export function trackedProcess(known: FirstKnown): TrackedProcess {
  const { pid, startTime } = known.process;
  return {
    pid,
    startTime,
    weight: 0,
    exactStart: undefined,
    latestStart: startTime + COARSE_TICKS,
    exe: undefined,
    forkedAt: undefined,
    endedAt: undefined,
    isForkTold: false,
    readAt: 0n,
    isNested: undefined,
    lastSerial: -1,
    ...known,
  };
}

/** Whether a process of its pid that started then is this one (0), one that had the pid before (-1) or one that got it later (1). */
export function compareStart({ exactStart, latestStart }: TrackedProcess, start: bigint): -1 | 0 | 1 {
  if (exactStart === undefined) return start > latestStart ? 1 : 0;
  return start === exactStart ? 0 : start < exactStart ? -1 : 1;
}

/** The highest that a pid can be (PID_MAX_LIMIT, include/linux/threads.h). */
const PID_LIMIT = 4_194_304;

/** True for what can be a pid. */
export function isPid(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && value <= PID_LIMIT;
}
