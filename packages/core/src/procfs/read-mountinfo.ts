import { type Mount, parseMountinfo } from "./parse-mountinfo.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** The mounts of the process's mount namespace below its root, in the kernel's order (proc_pid_mountinfo(5)). */
export function readMountinfo(procfs: Procfs, pid: number | "self"): ReadOutcome<Mount[]> {
  const path = pid === "self" ? `${procfs.root}/self/mountinfo` : processFile(procfs, pid, "mountinfo");
  const read = readProcFile(path);
  return read.ok ? { ok: true, value: parseMountinfo(read.value) } : read;
}
