import { existsSync } from "node:fs";
import { cleanArgs, isZombie, type Process, type ProcStat } from "@procmon/core";
import type { KnownProcess } from "../events/process-table.ts";
import type { ProcCapture } from "./exec-capture.ts";

const DELETED = " (deleted)";
const MEMFD = "/memfd:";

/** What one check of the kernel's guards (PTRACE_MODE_READ_FSCREDS, ptrace(2)). */
const GUARDED: readonly (keyof Process)[] = [
  "path",
  "realPath",
  "executable",
  "exeKind",
  "script",
  "root",
  "cwd",
  "netns",
];

/**
 * What is known of a process that has run an executable, of which no more than this was read.
 *
 * @param own undefined where nothing of it is surely of this image.
 */
export function execRecord(
  identity: Pick<KnownProcess, "pid" | "startTime" | "ppid">,
  own: ProcCapture | undefined,
): Process {
  const { pid, startTime, ppid } = identity;
  // A name is never left out, and that of the image before would be wrong.
  if (own === undefined) return { pid, startTime, ppid, comm: "" };
  const { exe, denied, args, argsTruncated, cwd, env, executable: file, stat } = own;
  const image = exe === undefined ? {} : executable(exe);
  return {
    pid,
    startTime,
    ppid: stat?.ppid ?? ppid,
    comm: commOf(own, image.path),
    ...image,
    ...(image.path === undefined || file === undefined ? {} : { executable: file }),
    ...(args === undefined ? {} : { args: cleanArgs(args, pid, image.path) }),
    ...(argsTruncated ? { argsTruncated } : {}),
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(denied ? { denied: GUARDED } : {}),
  };
}

/**
 * The name in the stat. It may be that of the next image where the addresses are still those of this one; so it has to be that of the
 * executable, or of the script that it runs.
 */
function commOf({ stat, args }: ProcCapture, path: string | undefined): string {
  if (stat === undefined) return "";
  const names = [path, ...(args?.slice(0, 3) ?? [])].map((name) => name?.slice(name.lastIndexOf("/") + 1));
  return names.some((name) => name?.startsWith(stat.comm)) ? stat.comm : "";
}

/** What of a whole reading belongs to the moment of the exec. A title or a directory may have been changed since. */
export function wholeExec(process: Process, own: ProcCapture): Process {
  const { args, argsTruncated, cwd, env, executable: file, stat } = own;
  const { argsTotal: _, argsTruncated: __, ...rest } = process;
  const isComplete = args !== undefined && !argsTruncated;
  const kept: Process = isComplete ? { ...rest, args: cleanArgs(args, process.pid, process.path) } : process;
  return {
    ...kept,
    ...(stat === undefined ? {} : { comm: stat.comm }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(file === undefined ? {} : { executable: file }),
  };
}

/** The stat that tells an image from the next; a zombie has none. */
export function imageStat(stat: ProcStat | undefined): ProcStat | undefined {
  return stat === undefined || isZombie(stat) || stat.state === "Z" ? undefined : stat;
}

/** A file may really have a name that ends so; of a process that is gone, only another file of that name can tell. */
function executable(link: string): Pick<Process, "path" | "exeKind"> {
  if (!link.endsWith(DELETED)) return { path: link };
  const path = link.slice(0, -DELETED.length);
  if (link.startsWith(MEMFD)) return { path, exeKind: "memfd" };
  return existsSync(link) ? {} : { path, exeKind: "deleted" };
}
