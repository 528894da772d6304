import { posix } from "node:path";
import type { ExeKind, Process } from "@procmon/core";
import type { AuditFile } from "../normalize/normalized-event.ts";

const DELETED = " (deleted)";
const MEMFD = "/memfd:";

/** What a process runs, by the name of its executable. */
export interface Executable {
  readonly path: string;
  readonly exeKind: Exclude<ExeKind, "script">;
}

/**
 * What the `exe` of a record means. The kernel puts ` (deleted)` after the name of a file that was removed; a file may really have such a
 * name, which only the name that was asked for can tell.
 *
 * @param asked the file that was asked to run, where that is known
 * @param cwd in which it was asked for
 * @param root the process's root directory, from which the kernel gives the name
 */
export function executableOf(
  exe: string,
  asked: AuditFile | undefined,
  cwd: string | undefined,
  root: string | undefined,
): Executable {
  if (!exe.endsWith(DELETED)) return { path: seenFromHere(exe, root), exeKind: "file" };
  const path = withoutDeleted(exe);
  if (exe.startsWith(MEMFD)) return { path, exeKind: "memfd" };
  if (asked !== undefined && absolutePath(asked.name, cwd) === exe) {
    return { path: seenFromHere(exe, root), exeKind: "file" };
  }
  return { path: seenFromHere(path, root), exeKind: "deleted" };
}

/** A path of a process whose root may not be ours, as others see it. */
export function seenFromHere(path: string, root: string | undefined): string {
  return root === undefined || root === "/" || !path.startsWith("/") ? path : root + path;
}

/** A name as it was given, made absolute; undefined where that cannot be done, and for what only the process's descriptors tell. */
export function absolutePath(name: string, cwd: string | undefined): string | undefined {
  if (name === "" || name.startsWith("/dev/fd/")) return undefined;
  if (name.startsWith("/")) return name;
  return cwd?.startsWith("/") ? posix.join(cwd, name) : undefined;
}

/** True if a record's `exe` can be the executable that this process runs; as seen from a root, a path has less in front of it. */
export function runsExecutable({ path }: Process, exe: string): boolean {
  if (path === undefined) return false;
  return isEndOf(path, exe) || isEndOf(path, withoutDeleted(exe));
}

/** The process, if its executable has been removed by now; undefined where that was known, or where it has not. */
export function withRemoved(process: Process, exe: string): Process | undefined {
  const { path, exeKind } = process;
  if ((exeKind !== "file" && exeKind !== "script") || path === undefined || isEndOf(path, exe)) return undefined;
  return { ...process, exeKind: "deleted" };
}

function isEndOf(path: string, exe: string): boolean {
  return path === exe || (exe.startsWith("/") && path.endsWith(exe));
}

function withoutDeleted(exe: string): string {
  return exe.endsWith(DELETED) ? exe.slice(0, -DELETED.length) : exe;
}
