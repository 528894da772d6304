import { type ProcIo, parseIo } from "./parse-io.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** `/proc/<pid>/io` (proc_pid_io(5)). Other users' processes need CAP_SYS_PTRACE. */
export function readIo(procfs: Procfs, pid: number): ReadOutcome<ProcIo> {
  const read = readProcFile(processFile(procfs, pid, "io"), { single: true });
  if (!read.ok) return read;
  const value = parseIo(read.value);
  return value === undefined ? { ok: false, failure: "failed" } : { ok: true, value };
}
