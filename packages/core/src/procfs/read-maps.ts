import { type MemoryMapping, parseMaps } from "./parse-maps.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** `/proc/<pid>/maps` (proc_pid_maps(5)), in order of address. Empty for kernel threads and zombies. */
export function readMaps(procfs: Procfs, pid: number): ReadOutcome<MemoryMapping[]> {
  const read = readProcFile(processFile(procfs, pid, "maps"));
  return read.ok ? { ok: true, value: parseMaps(read.value) } : read;
}
