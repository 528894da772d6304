import { parseEnviron } from "./parse-environ.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** What is read of an environment at most: 2 MiB. A variable that is cut there is left out. */
const LIMIT = 2 * 1024 * 1024;

/**
 * The environment that the process was started with (proc_pid_environ(5)). It holds secrets. What the process changed
 * since is not in it.
 */
export function readEnviron(procfs: Procfs, pid: number, tid?: number): ReadOutcome<Record<string, string>> {
  const read = readProcFile(processFile(procfs, pid, "environ", tid), { limit: LIMIT });
  if (!read.ok) return read;
  const bytes = read.value.length < LIMIT ? read.value : read.value.subarray(0, read.value.lastIndexOf(0) + 1);
  return { ok: true, value: parseEnviron(bytes) };
}
