import { type ProcStatm, parseStatm } from "./parse-statm.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** `/proc/<pid>/statm` (proc_pid_statm(5)). Everybody may read it; kernel threads have zeros. */
export function readStatm(procfs: Procfs, pid: number): ReadOutcome<ProcStatm> {
  const read = readProcFile(processFile(procfs, pid, "statm"), { single: true });
  if (!read.ok) return read;
  const value = parseStatm(read.value);
  return value === undefined ? { ok: false, failure: "failed" } : { ok: true, value };
}
