import { posix } from "node:path";
import { processFile } from "../procfs/process-file.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readProcLink } from "../procfs/read-proc-link.ts";
import { readCwd, readExeLink } from "../procfs/read-process-links.ts";
import { executablePath } from "./executable-path.ts";
import { fileStat, isSameFile } from "./process-root.ts";

const EXE = /^\/proc\/(?:self|thread-self|(\d{1,10}))\/exe$/;
const DESCRIPTOR = /^(?:\/proc\/(?:self|thread-self|(\d{1,10}))|\/dev)\/fd\/(\d{1,10})$/;

/**
 * A path as a program gave it, for example to execve(2), as one that means the same to everybody: absolute, and neither
 * `/proc/self/exe` nor a descriptor. Undefined where it cannot be told, as for a descriptor that is closed.
 */
export function cleanPath(procfs: Procfs, pid: number, path: string): string | undefined {
  if (path === "") return undefined;
  if (isOwn(EXE.exec(path), pid)) {
    const link = readExeLink(procfs, pid);
    return link.ok ? executablePath(procfs, pid, link.value) : undefined;
  }
  const descriptor = DESCRIPTOR.exec(path);
  if (isOwn(descriptor, pid)) return descriptorPath(procfs, pid, Number(descriptor?.[2]));
  if (path.startsWith("/")) return path;
  const cwd = readCwd(procfs, pid);
  return cwd.ok ? posix.join(cwd.value, path) : undefined;
}

/**
 * Arguments whose first one is not the program's name but `/proc/self/exe`, as an AppImage has it, or a descriptor: the
 * executable's path takes its place. Others are given back as they are.
 */
export function cleanArgs(args: readonly string[], pid: number, path: string | undefined): readonly string[] {
  const first = args[0];
  if (first === undefined || path === undefined) return args;
  return isOwn(EXE.exec(first) ?? DESCRIPTOR.exec(first), pid) ? [path, ...args.slice(1)] : args;
}

/** True for a path of the process's own `/proc` directory; that of another process is left alone. */
function isOwn(match: RegExpExecArray | null, pid: number): boolean {
  return match !== null && (match[1] === undefined || Number(match[1]) === pid);
}

function descriptorPath(procfs: Procfs, pid: number, fd: number): string | undefined {
  const link = processFile(procfs, pid, `fd/${fd}`);
  const target = readProcLink(link);
  // Pipes, sockets and the like have no path.
  if (!target.ok || !target.value.startsWith("/")) return undefined;
  const end = target.value.lastIndexOf(" (deleted)");
  if (end < 0 || end + 10 !== target.value.length) return target.value;
  return isSameFile(fileStat(target.value), fileStat(link)) ? target.value : target.value.slice(0, end);
}
