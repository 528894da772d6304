import { type CgroupEntry, parseCgroup } from "./parse-cgroup.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** `/proc/<pid>/cgroup` (cgroups(7)), in the kernel's order. Everybody may read it. */
export function readCgroup(procfs: Procfs, pid: number, tid?: number): ReadOutcome<CgroupEntry[]> {
  const read = readProcFile(processFile(procfs, pid, "cgroup", tid), { single: true });
  return read.ok ? { ok: true, value: parseCgroup(read.value) } : read;
}
