import { type BigIntStats, statSync } from "node:fs";
import { processFile } from "../procfs/process-file.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { fsPath } from "../text/encode-bytes.ts";

/**
 * A file as the process sees it, by a path that opens it from here: through `/proc/<pid>/root`, which leads into its
 * mount namespace and its root directory (proc_pid_root(5)).
 *
 * @param path absolute, as the process sees it.
 */
export function throughRoot(procfs: Procfs, pid: number, path: string, tid?: number): string {
  return processFile(procfs, pid, "root", tid) + path;
}

/**
 * A path of the kernel's, as exe and cwd have it, as the process sees it: these start at the reader's root,
 * or at that of another mount namespace. Undefined for what lies outside of the process's root.
 */
export function seenFromRoot(root: string, path: string): string | undefined {
  if (root === "/") return path;
  if (path === root) return "/";
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}

/** What stat(2) tells of a file, links followed; undefined where there is none, or none to be seen. */
export function fileStat(path: string): BigIntStats | undefined {
  try {
    return statSync(fsPath(path), { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** True if both are the same file. */
export function isSameFile(a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
