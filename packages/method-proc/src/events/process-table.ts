import {
  clipProcess,
  PF_FORKNOEXEC,
  PF_KTHREAD,
  type Process,
  type ProcessIdentity,
  type ProcStat,
  processWeight,
} from "@procmon/core";

/** What is remembered of a process, whoever told of it. */
export interface KnownProcess extends ProcessIdentity {
  readonly ppid: number;
  readonly comm: string;
  /** As it was when its image was first seen. Undefined where that could not be read. */
  readonly stat: ProcStat | undefined;
  /** What it runs: what a fork hands on. */
  readonly image: ImageFacts;
  /** True for a thread of the kernel. */
  readonly isKernel: boolean;
  /** When it was first seen, by performance.now(); of those that were there before, minus infinity. */
  readonly firstSeen: number;
  /** When it was read whole from `/proc`, in nanoseconds of CLOCK_MONOTONIC; 0 for what only the kernel told. */
  readonly readAt: bigint;
  /** It has ended, and waits to be reaped. */
  readonly ended: boolean;
}

/** The facts of a process that its image brings: the same for all who were forked since. */
export type ImageFacts = Pick<
  Process,
  "path" | "realPath" | "executable" | "exeKind" | "script" | "appImage" | "args" | "argsTotal" | "argsTruncated"
>;

/** Processes by pid: what polling and the kernel's events have in common. */
export interface ProcessTable {
  readonly size: number;
  get(pid: number): KnownProcess | undefined;
  set(process: KnownProcess): void;
  delete(pid: number): void;
  values(): IterableIterator<KnownProcess>;
  clear(): void;
}

/** Bytes of arguments and paths beyond which what comes is clipped, about. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What a record weighs apart from that. */
const PLAIN: ImageFacts = {};

/** Makes an empty table. */
export function createProcessTable(): ProcessTable {
  const known = new Map<number, KnownProcess>();
  let bytes = 0;

  function remove(pid: number): void {
    const before = known.get(pid);
    if (before === undefined) return;
    bytes -= weightOf(before);
    known.delete(pid);
  }

  return {
    get size() {
      return known.size;
    },
    get: (pid) => known.get(pid),
    set(process) {
      remove(process.pid);
      const kept = bytes > MAX_BYTES ? { ...process, image: clipped(process) } : process;
      bytes += weightOf(kept);
      known.set(process.pid, kept);
    },
    delete: remove,
    values: () => known.values(),
    clear() {
      known.clear();
      bytes = 0;
    },
  };
}

/** The facts of an image among those of a process. */
export function imageFacts(process: Process | undefined): ImageFacts {
  if (process === undefined) return PLAIN;
  const { path, realPath, executable, exeKind, script, appImage, args, argsTotal, argsTruncated } = process;
  return {
    ...(path === undefined ? {} : { path }),
    ...(realPath === undefined ? {} : { realPath }),
    ...(executable === undefined ? {} : { executable }),
    ...(exeKind === undefined ? {} : { exeKind }),
    ...(script === undefined ? {} : { script }),
    ...(appImage === undefined ? {} : { appImage }),
    ...(args === undefined ? {} : { args }),
    ...(argsTotal === undefined ? {} : { argsTotal }),
    ...(argsTruncated === undefined ? {} : { argsTruncated }),
  };
}

/** An exec changes where code and stack begin, and clears the mark of those that have only been forked. */
export function hasOtherImage(before: ProcStat, now: ProcStat): boolean {
  return (
    before.startStack !== now.startStack ||
    before.startCode !== now.startCode ||
    ((before.flags ^ now.flags) & PF_FORKNOEXEC) !== 0
  );
}

/** True for a process that has ended and waits to be reaped. */
export function isEnded(stat: ProcStat): boolean {
  return (stat.state === "Z" || stat.state === "X") && stat.numThreads <= 1;
}

/** Getting shut down (include/linux/sched.h). */
const PF_EXITING = 0x4;

/** True for a process whose last thread has ended, or is just ending. */
export function isEnding(stat: ProcStat): boolean {
  return isEnded(stat) || ((stat.flags & PF_EXITING) !== 0 && stat.numThreads <= 1);
}

/** True where the first thread has ended, or is just ending, and others live on. */
export function isLeaderless(stat: ProcStat): boolean {
  const isGone = stat.state === "Z" || stat.state === "X" || (stat.flags & PF_EXITING) !== 0;
  return isGone && stat.numThreads > 1;
}

/** What the exit of a process tells of it. */
export function lastFacts({ pid, startTime, ppid, comm, image: { path } }: KnownProcess): Process {
  return { pid, startTime, ppid, comm, ...(path === undefined ? {} : { path }) };
}

/** A process as its stat and what was read beside it show it. */
export function knownProcess(
  stat: ProcStat,
  process: Process | undefined,
  seen: { readonly firstSeen: number; readonly readAt: bigint },
): KnownProcess {
  const { pid, startTime, ppid, comm, flags } = stat;
  const isKernel = (flags & PF_KTHREAD) !== 0;
  return { pid, startTime, ppid, comm, stat, image: imageFacts(process), isKernel, ...seen, ended: isEnded(stat) };
}

function weightOf(known: KnownProcess): number {
  return processWeight(asProcess(known));
}

function clipped(known: KnownProcess): ImageFacts {
  return imageFacts(clipProcess(asProcess(known)));
}

function asProcess({ pid, startTime, ppid, comm, image }: KnownProcess): Process {
  return { pid, startTime, ppid, comm, ...image };
}
