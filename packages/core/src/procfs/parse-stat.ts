import { decodeBytes } from "../text/decode-bytes.ts";

/** The fields of `/proc/<pid>/stat` (proc_pid_stat(5)) that are of use. Times are clock ticks, 1/100 s. */
export interface ProcStat {
  readonly pid: number;
  readonly comm: string;
  /** One letter: R S D Z T t X I … */
  readonly state: string;
  /** 0 where the parent is outside of the reader's pid namespace, or there is none. */
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  readonly ttyNr: number;
  /** PF_* of the kernel's include/linux/sched.h. */
  readonly flags: number;
  readonly minflt: number;
  readonly majflt: number;
  readonly utime: number;
  readonly stime: number;
  readonly priority: number;
  readonly nice: number;
  readonly numThreads: number;
  /** Since boot. */
  readonly startTime: bigint;
  /** Bytes. */
  readonly vsize: number;
  /** Pages. */
  readonly rss: number;
  /**
   * Addresses of the image: where its code begins and where its stack began. An exec changes these, as
   * address space is laid out at random; 0 and 1 where the reader may not know, 0 without an image.
   */
  readonly startCode: bigint;
  readonly startStack: bigint;
}

/** A thread of the kernel. */
export const PF_KTHREAD = 0x00200000;
/** Has forked, and not yet run an executable of its own. */
export const PF_FORKNOEXEC = 0x00000040;

const DIGITS = /^\d{1,20}$/;

/**
 * Parses `/proc/<pid>/stat`. The name may hold spaces, parentheses, newlines and bytes that are not UTF-8, so the line is
 * split after the last `)`. Undefined for anything that is no such line.
 */
export function parseStat(bytes: Buffer): ProcStat | undefined {
  const open = bytes.indexOf(0x28);
  const close = bytes.lastIndexOf(0x29);
  if (open < 2 || close < open || bytes.length - close > 4096) return undefined;
  const fields = bytes.toString("latin1", close + 2).split(" ");
  // `fields[n]` is field n + 3 of the manual page.
  if (fields.length < 26) return undefined;
  const startTime = fields[19] ?? "";
  const pid = Number(bytes.toString("latin1", 0, open - 1));
  const ppid = Number(fields[1]);
  if (!Number.isSafeInteger(pid) || !Number.isSafeInteger(ppid) || !DIGITS.test(startTime)) return undefined;
  return {
    pid,
    comm: decodeBytes(bytes.subarray(open + 1, close)),
    state: fields[0] ?? "",
    ppid,
    pgrp: Number(fields[2]),
    session: Number(fields[3]),
    ttyNr: Number(fields[4]),
    flags: Number(fields[6]),
    minflt: Number(fields[7]),
    majflt: Number(fields[9]),
    utime: Number(fields[11]),
    stime: Number(fields[12]),
    priority: Number(fields[15]),
    nice: Number(fields[16]),
    numThreads: Number(fields[17]),
    startTime: BigInt(startTime),
    vsize: Number(fields[20]),
    rss: Number(fields[21]),
    startCode: address(fields[23]),
    startStack: address(fields[25]),
  };
}

function address(text: string | undefined): bigint {
  return text !== undefined && text !== "0" && DIGITS.test(text) ? BigInt(text) : 0n;
}
