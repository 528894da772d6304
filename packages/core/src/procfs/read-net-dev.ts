import { type InterfaceCounters, parseNetDev } from "./parse-net-dev.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** The interfaces of the process's network namespace, with their counters: `/proc/<pid>/net/dev`. */
export function readNetDev(procfs: Procfs, pid: number): ReadOutcome<InterfaceCounters[]> {
  const read = readProcFile(processFile(procfs, pid, "net/dev"));
  return read.ok ? { ok: true, value: parseNetDev(read.value) } : read;
}
