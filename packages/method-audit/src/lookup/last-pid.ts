import { closeSync, openSync, readSync } from "node:fs";
import { type Procfs, parseStat } from "@procmon/core";

/** Tells which pid was given away last. */
export interface LastPid {
  /**
   * The pid that was given away last, in the reader's pid namespace: the fifth field of `/proc/loadavg` (proc_loadavg(5)). Threads count. Pids are given
   * away in ascending order, and begin again at a low one. Undefined where it cannot be read.
   */
  read(): number | undefined;
  /** Gives back the open file. Idempotent. */
  close(): void;
}

/** More than `/proc/loadavg` has, and than the fields of `/proc/<pid>/stat` up to the start time. */
const BYTES = 512;
const buffer: Buffer = Buffer.alloc(BYTES);

/** Opens the file with the first reading, and keeps it open. */
export function createLastPid(procfs: Procfs): LastPid {
  let fd: number | undefined;
  let isClosed = false;
  return {
    read() {
      if (isClosed) return undefined;
      fd ??= openOrNothing(`${procfs.root}/loadavg`);
      if (fd === undefined) return undefined;
      const text = readStart(fd)?.toString("latin1").trimEnd();
      const pid = Number(text?.slice(text.lastIndexOf(" ") + 1));
      return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
    },
    close() {
      isClosed = true;
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

/** The parent of a process; undefined where there is no such process. Of a thread it is that of its process. */
export function readParent(procfs: Procfs, pid: number): number | undefined {
  const fd = openOrNothing(`${procfs.root}/${pid}/stat`);
  if (fd === undefined) return undefined;
  const bytes = readStart(fd);
  closeSync(fd);
  return bytes && parseStat(bytes)?.ppid;
}

function openOrNothing(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    return undefined;
  }
}

/** Overwritten by the next call. */
function readStart(fd: number): Buffer | undefined {
  try {
    return buffer.subarray(0, readSync(fd, buffer, 0, BYTES, 0));
  } catch {
    return undefined;
  }
}
