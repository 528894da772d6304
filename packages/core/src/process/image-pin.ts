import { closeSync, openSync, readSync } from "node:fs";
import { PF_FORKNOEXEC, PF_KTHREAD, type ProcStat } from "../procfs/parse-stat.ts";
import { processFile } from "../procfs/process-file.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readStat } from "../procfs/read-stat.ts";
import { isImageUnchanged } from "./image-identity.ts";

/** Tells for less than a microsecond whether a process still runs the image that it ran when the pin was made. Holds a descriptor. */
export interface ImagePin {
  /** False once the process has ended or run another executable, and after `close`. */
  isAlive(): boolean;
  /** Idempotent. */
  close(): void;
}

const byte = Buffer.allocUnsafe(1);

/** As much of stat as reaches to the flags: what is before them is at most 16 bytes of name and 7 numbers. */
const head = Buffer.allocUnsafe(256);

/**
 * Pins the image that a process runs. For one that has run an executable of its own this is the file `/proc/<pid>/environ`: it is bound
 * to the memory of that image when it is opened (proc_environ_operations of fs/proc/base.c), and nothing can be read of it once that
 * memory is given up.
 *
 * For one that has only been forked that says nothing, since after vfork(2) the memory is its parent's. There it is `stat`, which is
 * bound to the process, whoever gets its pid later: its flag PF_FORKNOEXEC is gone with the first exec, and never comes back. Costs twice as much.
 *
 * Undefined for kernel threads, where the environment is empty, and where it may not be read.
 *
 * @param expected the image that is meant; without it, the one that runs.
 */
export function pinImage(procfs: Procfs, pid: number, expected?: ProcStat): ImagePin | undefined {
  const before = expected ?? statOf(procfs, pid);
  if (before === undefined || before.flags & PF_KTHREAD) return undefined;
  const isForked = (before.flags & PF_FORKNOEXEC) !== 0;
  const fd = open(procfs, pid, isForked ? "stat" : "environ");
  if (fd === undefined) return undefined;
  const pin = pinOf(fd, isForked ? isForkedStill : hasMemory);
  // Whatever was opened is of the image that is meant only if that one runs still.
  const after = statOf(procfs, pid);
  if (after !== undefined && isImageUnchanged(before, after) && pin.isAlive()) return pin;
  pin.close();
  return undefined;
}

function pinOf(fd: number, check: (fd: number) => boolean): ImagePin {
  let open = true;
  return {
    isAlive(): boolean {
      if (!open) return false;
      try {
        return check(fd);
      } catch {
        return false;
      }
    },
    close(): void {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

function hasMemory(environ: number): boolean {
  return readSync(environ, byte, 0, 1, 0) === 1;
}

/** Not parsed whole: this is asked for every known connection. False for a zombie. */
function isForkedStill(stat: number): boolean {
  const length = readSync(stat, head, 0, head.length, 0);
  // State and flags are fields 3 and 9; the name ends with the last parenthesis.
  let at = length - 1;
  while (at > 0 && head[at] !== 0x29) at--;
  at += 2;
  const state = head[at];
  for (let field = 3; field < 9 && at < length; at++) if (head[at] === 0x20) field++;
  let flags = 0;
  for (let digit = head[at] ?? 0; digit >= 0x30 && digit <= 0x39; digit = head[++at] ?? 0) {
    flags = flags * 10 + digit - 0x30;
  }
  return (flags & PF_FORKNOEXEC) !== 0 && state !== 0x5a && state !== 0x58;
}

function statOf(procfs: Procfs, pid: number): ProcStat | undefined {
  const stat = readStat(procfs, pid);
  return stat.ok ? stat.value : undefined;
}

function open(procfs: Procfs, pid: number, file: string): number | undefined {
  try {
    return openSync(processFile(procfs, pid, file), "r");
  } catch {
    return undefined;
  }
}
