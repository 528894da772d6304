import { fsPath, type Process, type Procfs, processFile } from "@procmon/core";
import type { FileCandidate, FileTarget } from "./file-target.ts";
import { wallClockOf } from "./wall-clock.ts";

export type { FileTarget } from "./file-target.ts";

/** Ancestors whose root is tried: what is not found there will not be with those far away either. */
const MAX_ANCESTORS = 8;

const DELETED = " (deleted)";

/**
 * Where the executable of a process may be opened, the best first: the kernel's own link, its path as the process sees it, as its ancestors
 * see it, and as it is seen here. A path leads to whatever is there by now: it counts only if that is the expected file.
 *
 * @param execTime nanoseconds since the epoch, when it began to run it, where that was seen.
 */
export function executableTarget(procfs: Procfs, process: Process, execTime?: bigint): FileTarget {
  const { executable } = process;
  const { pid, startTime } = process;
  const exe: FileCandidate = { path: processFile(procfs, pid, "exe"), trust: "exe", pid, startTime };
  return {
    candidates: [exe, ...(executable === undefined ? [] : byPath(procfs, process))],
    ...(executable === undefined ? { names: linkNames(process) } : { expected: executable }),
    ...timesOf(procfs, process, execTime),
  };
}

/**
 * Where the script of a process may be opened: only by its path, while the process lives. Its ancestors may see another
 * file there. Undefined for what runs no script.
 */
export function scriptTarget(procfs: Procfs, process: Process, execTime?: bigint): FileTarget | undefined {
  const path = process.script?.path;
  if (!path?.startsWith("/")) return undefined;
  const { pid, startTime } = process;
  const inRoot = processFile(procfs, pid, "root");
  return {
    candidates: [{ path: fsPath(path), trust: "path", pid, startTime, inRoot }],
    byPath: true,
    ...timesOf(procfs, process, execTime),
  };
}

function byPath(procfs: Procfs, process: Process): FileCandidate[] {
  const { pid, path, realPath, root, exeKind, tree } = process;
  // A memfd has a name, but no path.
  if (!path?.startsWith("/") || exeKind === "memfd") return [];
  const hasRoot = root !== undefined && root !== "/" && path.startsWith(`${root}/`);
  const seen = hasRoot ? [path.slice(root.length), path] : [path];
  const ancestors = (tree ?? []).map((ancestor) => ancestor.pid).filter((ancestor) => ancestor !== pid);
  const places = new Map<string, number | undefined>(realPath === undefined ? [] : [[realPath, pid]]);
  for (const each of [pid, ...ancestors.slice(0, MAX_ANCESTORS)]) {
    for (const inside of seen) places.set(processFile(procfs, each, "root") + inside, each);
  }
  places.set(path, undefined);
  return [...places].map(([place, owner]) => ({
    path: fsPath(place),
    trust: "path",
    ...(owner === undefined ? {} : { pid: owner }),
    ...(owner === undefined || owner === pid ? {} : { isGuess: true as const }),
  }));
}

/** What the kernel's link may say of the executable of a process: its path as it is seen from here, the known one perhaps as the process sees it. */
export function linkNames({ path, root }: Process): readonly string[] {
  if (path === undefined) return [];
  const paths = root === undefined || root === "/" ? [path] : [path, root + path];
  return paths.flatMap((each) => [each, each + DELETED]);
}

function timesOf(procfs: Procfs, { startTime }: Process, execTime: bigint | undefined): Partial<FileTarget> {
  if (execTime !== undefined) return { execTime };
  const startedAt = wallClockOf(procfs, startTime);
  return startedAt === undefined ? {} : { startedAt };
}
