import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcLink } from "./read-proc-link.ts";

/**
 * The executable as `/proc/<pid>/exe` names it, with the kernel's ` (deleted)` where it was removed (proc_pid_exe(5)).
 * `gone` also for kernel threads and zombies, which have none.
 */
export function readExeLink(procfs: Procfs, pid: number, tid?: number): ReadOutcome<string> {
  return readProcLink(processFile(procfs, pid, "exe", tid));
}

/** The working directory (proc_pid_cwd(5)), with ` (deleted)` where it was removed. */
export function readCwd(procfs: Procfs, pid: number, tid?: number): ReadOutcome<string> {
  return readProcLink(processFile(procfs, pid, "cwd", tid));
}

/** The root directory, as seen from the reader's (proc_pid_root(5)). */
export function readRoot(procfs: Procfs, pid: number, tid?: number): ReadOutcome<string> {
  return readProcLink(processFile(procfs, pid, "root", tid));
}
