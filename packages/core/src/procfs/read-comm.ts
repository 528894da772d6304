import { decodeBytes } from "../text/decode-bytes.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** The name of a process or thread, without the newline that the kernel puts after it (proc_pid_comm(5)). */
export function readComm(procfs: Procfs, pid: number, tid?: number): ReadOutcome<string> {
  const read = readProcFile(processFile(procfs, pid, "comm", tid), { single: true });
  if (!read.ok) return read;
  const end = read.value.at(-1) === 0x0a ? read.value.length - 1 : read.value.length;
  return { ok: true, value: decodeBytes(read.value.subarray(0, end)) };
}
