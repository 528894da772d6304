import { type ProcStat, parseStat } from "./parse-stat.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** `/proc/<pid>/stat`, or that of a thread (proc_pid_stat(5)). Everybody may read it. */
export function readStat(procfs: Procfs, pid: number, tid?: number): ReadOutcome<ProcStat> {
  const read = readProcFile(processFile(procfs, pid, "stat", tid), { single: true });
  if (!read.ok) return read;
  const value = parseStat(read.value);
  return value === undefined ? { ok: false, failure: "failed" } : { ok: true, value };
}

/** When the process started, in clock ticks since boot; undefined once it is gone. */
export function readStartTime(procfs: Procfs, pid: number): bigint | undefined {
  const stat = readStat(procfs, pid);
  return stat.ok ? stat.value.startTime : undefined;
}
