import { isMemfd } from "../procfs/memfd.ts";
import { processFile } from "../procfs/process-file.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { type FileIdentity, fileIdentity } from "./file-identity.ts";
import type { ExeKind } from "./process.ts";
import { fileStat, isSameFile, seenFromRoot, throughRoot } from "./process-root.ts";

const DELETED = " (deleted)";

/** What a process runs. */
export interface Executable {
  /** Without the kernel's ` (deleted)`. */
  readonly path: string;
  /** Through `/proc/<pid>/root`; absent where no such path opens this very file. */
  readonly realPath?: string;
  readonly exeKind: Exclude<ExeKind, "script">;
  /** Absent where the file may not be looked at. */
  readonly executable?: FileIdentity;
}

/**
 * Tells what `/proc/<pid>/exe` means. The kernel puts ` (deleted)` after the name of a file that was removed, or that another was
 * renamed over; but a file may really have such a name. So whatever is said of a path has been compared with the file
 * itself, by device and inode.
 *
 * @param link what `readExeLink` gave.
 * @param root what `readRoot` gave.
 */
export function resolveExecutable(procfs: Procfs, pid: number, link: string, root: string, tid?: number): Executable {
  const exe = processFile(procfs, pid, "exe", tid);
  const file = fileStat(exe);
  const facts = file === undefined ? {} : { executable: fileIdentity(file) };
  if (isMemfd(procfs, pid, exe, link)) return { path: withoutSuffix(link), exeKind: "memfd", ...facts };
  const realPath = pathsThroughRoot(procfs, pid, link, root, tid).find((path) => isSameFile(fileStat(path), file));
  if (realPath !== undefined) return { path: link, realPath, exeKind: "file", ...facts };
  // Outside of the process's root, as with a daemon that has locked itself up, the path still may open the file from here.
  if (!link.endsWith(DELETED) || isSameFile(fileStat(link), file)) return { path: link, exeKind: "file", ...facts };
  return { path: withoutSuffix(link), exeKind: "deleted", ...facts };
}

/** The executable's path only, for less: the file is looked at only where its name ends in ` (deleted)`. */
export function executablePath(procfs: Procfs, pid: number, link: string): string {
  return link.endsWith(DELETED) ? resolveExecutable(procfs, pid, link, "/").path : link;
}

function pathsThroughRoot(procfs: Procfs, pid: number, link: string, root: string, tid: number | undefined): string[] {
  const seen = seenFromRoot(root, link);
  const paths = seen === undefined || seen === link ? [link] : [seen, link];
  return paths.map((path) => throughRoot(procfs, pid, path, tid));
}

function withoutSuffix(path: string): string {
  return path.slice(0, -DELETED.length);
}
