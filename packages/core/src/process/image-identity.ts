import { PF_FORKNOEXEC, PF_KTHREAD, type ProcStat } from "../procfs/parse-stat.ts";

/**
 * True if both were read of one process while it ran one image: an exec changes where the code and the stack begin. Where the
 * reader may not know these addresses, an exec shows only in the name, mostly.
 */
export function isImageUnchanged(a: ProcStat, b: ProcStat): boolean {
  return (
    a.startTime === b.startTime &&
    a.startStack === b.startStack &&
    a.startCode === b.startCode &&
    ((a.flags ^ b.flags) & PF_FORKNOEXEC) === 0 &&
    (a.startStack > 1n || a.comm === b.comm)
  );
}

/** True for a process that has ended and waits to be reaped. One whose main thread alone has ended lives on. */
export function isZombie(stat: ProcStat): boolean {
  return (stat.state === "Z" || stat.state === "X") && stat.numThreads <= 1;
}

/**
 * False in the middle of an exec, when the new image has no code, or no stack and so no arguments yet. Who may not
 * know the addresses sees the code begin at 1.
 */
export function isImageReady({ startCode, startStack, state, flags }: ProcStat): boolean {
  const hasImage = startCode === 1n || (startCode !== 0n && startStack !== 0n);
  return hasImage || state === "Z" || (flags & PF_KTHREAD) !== 0;
}
