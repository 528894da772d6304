import { type Procfs, readNamespace } from "@procmon/core";
import type { SourceRefusal } from "./source-refusal.ts";

/** Inode number of the initial pid namespace: `include/linux/proc_ns.h`. */
export const INITIAL_PID = 0xefff_fffc;

/** In the initial pid namespace: the first process, and the kernel's own first thread. A security module may hide either. */
export const EARLIEST: readonly number[] = [1, 2];

/**
 * Why the pids of records would be those of others in this procfs: the kernel writes them as the initial pid namespace has them. Undefined where
 * they mean the same, in that namespace, or with its procfs.
 */
export function pidsFault(procfs: Procfs): SourceRefusal | undefined {
  const own = inode(procfs, "self");
  if (own === undefined || own === INITIAL_PID) return undefined;
  if (EARLIEST.some((pid) => inode(procfs, pid) === INITIAL_PID)) return undefined;
  return {
    reason: "Audit records tell the pids of the first pid namespace, and this process is in another.",
    remedy: "Run it outside of the container, or in one that shares the host's pid namespace (docker run --pid=host).",
    isFinal: true,
  };
}

function inode(procfs: Procfs, pid: number | "self"): number | undefined {
  const read = readNamespace(procfs, pid, "pid");
  return read.ok ? read.value : undefined;
}
