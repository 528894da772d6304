import { closeSync, openSync, readSync } from "node:fs";
import { mayBeTitle, parseCmdline } from "./parse-cmdline.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import { readArgumentCount } from "./read-argument-count.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";

/** What is kept of a command line at most, in bytes. Linux allows up to 6 MiB in all, and a process may claim more. */
export const CMDLINE_LIMIT: number = 2 * 1024 * 1024;
/** How far arguments are counted beyond. */
const COUNT_LIMIT = 16 * 1024 * 1024;

/** The arguments of a process. */
export interface CommandLine {
  /** Never joined; empty ones are kept. The last may be cut where `truncated`. Empty for kernel threads and zombies. */
  readonly args: readonly string[];
  /** How many there are; undefined where that is not known. */
  readonly total: number | undefined;
  readonly truncated: boolean;
}

/**
 * `/proc/<pid>/cmdline` (proc_pid_cmdline(5)). Everybody may read it. A process that wrote a title over its
 * arguments has one argument.
 *
 * @param limit bytes at most.
 */
export function readCmdline(
  procfs: Procfs,
  pid: number,
  tid?: number,
  limit: number = CMDLINE_LIMIT,
): ReadOutcome<CommandLine> {
  const path = processFile(procfs, pid, "cmdline", tid);
  const read = readProcFile(path, { limit });
  if (!read.ok) return read;
  const args = parseCmdline(read.value);
  if (read.value.length < limit) {
    if (mayBeTitle(args) && readArgumentCount(procfs, pid, tid) !== args.length) args.length = 1;
    return { ok: true, value: { args, total: args.length, truncated: false } };
  }
  return { ok: true, value: { args, total: countArguments(path), truncated: true } };
}

/** Counts the NULs of the whole file; undefined where there is no end to it. */
function countArguments(path: string): number | undefined {
  const chunk = Buffer.allocUnsafe(256 * 1024);
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    let total = 0;
    let last = 0;
    for (let position = 0; position < COUNT_LIMIT; ) {
      const length = readSync(fd, chunk, 0, chunk.length, position);
      if (length === 0) return last === 0 ? total : total + 1;
      const bytes = chunk.subarray(0, length);
      for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) total++;
      last = bytes.at(-1) ?? 0;
      position += length;
    }
    return undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
