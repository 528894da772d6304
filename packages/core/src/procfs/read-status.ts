import { type ProcCredentials, parseCredentials } from "./parse-credentials.ts";
import { type ProcStatus, parseStatus } from "./parse-status.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** `/proc/<pid>/status` (proc_pid_status(5)). Everybody may read it. */
export function readStatus(procfs: Procfs, pid: number, tid?: number): ReadOutcome<ProcStatus> {
  return readAs(procfs, pid, tid, parseStatus);
}

/** Only the ids of `/proc/<pid>/status`, which is faster. */
export function readCredentials(procfs: Procfs, pid: number, tid?: number): ReadOutcome<ProcCredentials> {
  return readAs(procfs, pid, tid, parseCredentials);
}

function readAs<T>(
  procfs: Procfs,
  pid: number,
  tid: number | undefined,
  parse: (bytes: Buffer) => T | undefined,
): ReadOutcome<T> {
  const read = readProcFile(processFile(procfs, pid, "status", tid), { single: true });
  if (!read.ok) return read;
  const value = parse(read.value);
  return value === undefined ? { ok: false, failure: "failed" } : { ok: true, value };
}
