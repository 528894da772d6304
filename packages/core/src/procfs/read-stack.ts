import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** The functions of the kernel that the process is in, innermost first (proc_pid_stack(5)). Needs CAP_SYS_ADMIN. */
export function readStack(procfs: Procfs, pid: number, tid?: number): ReadOutcome<string[]> {
  const read = readProcFile(processFile(procfs, pid, "stack", tid));
  return read.ok ? { ok: true, value: parseStack(read.value) } : read;
}

/** Parses lines such as `[<0>] do_epoll_wait+0x4a/0x60`. */
export function parseStack(bytes: Buffer): string[] {
  return bytes
    .toString("latin1")
    .split("\n")
    .map((line) => line.replace(/^\[<[0-9a-f]{1,16}>\] /, ""))
    .filter((line) => line !== "");
}
