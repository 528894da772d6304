import { statSync } from "node:fs";
import { posix } from "node:path";
import { findInterpreter, findScript, type Process, type Procfs, processFile, type Script } from "@procmon/core";
import type { AuditExec } from "../normalize/normalized-event.ts";
import { absolutePath } from "./executable-name.ts";

/** Scripts may have scripts as interpreters, so deep (`BINPRM_BUF`'s users, exec_binprm() of fs/exec.c). */
const LEVELS = 5;
/** Arguments among which the script of an interpreter is looked for. */
const SEARCHED = 16;

/**
 * The script that a process runs: what the kernel was asked to run, where that is not the executable; else what env(1) was called for;
 * else what a known interpreter's arguments name, where that file can be seen.
 *
 * @param image the process, without a script
 * @param before what it ran before
 */
export function scriptOf(
  procfs: Procfs,
  event: AuditExec,
  image: Process,
  before: Process | undefined,
): Script | undefined {
  const { pid, path, args, cwd, root = "/" } = image;
  if (path === undefined || args === undefined) return undefined;
  const told = askedScript(procfs, event, path) ?? scriptOfEnv(event, before);
  if (told !== undefined) return { path: told, interpreter: path };
  if (findInterpreter(posix.basename(path)) === undefined) return undefined;
  return findScript(procfs, pid, { path, args, cwd, root });
}

/**
 * The kernel gives an interpreter the name that follows `#!` as its first argument, and opens it by that; then comes at most one option, and
 * then the name of the script as it was asked for (load_script() of fs/binfmt_script.c).
 */
function askedScript(procfs: Procfs, event: AuditExec, executable: string): string | undefined {
  const { files, args = [], cwd, subject } = event;
  const [asked, ...interpreters] = files;
  if (asked === undefined || interpreters.length === 0) return undefined;
  const at = args.indexOf(asked.name, 1);
  if (at < 1 || at > 2 * LEVELS) return undefined;
  const first = args[0] ?? "";
  if (!interpreters.slice(0, LEVELS).some(({ name }) => isInterpreter(name, first, executable))) return undefined;
  const path = absolutePath(asked.name, cwd);
  if (path === undefined || path === subject.exe || isExecutable(procfs, subject.pid, asked.inode)) return undefined;
  return path;
}

/** Older kernels leave the names of interpreters out. */
function isInterpreter(name: string, first: string, executable: string): boolean {
  return name === "" ? posix.basename(first) === posix.basename(executable) : name === first;
}

/** A program may be given any first argument: where it still runs, its executable must be another file. */
function isExecutable(procfs: Procfs, pid: number, inode: number | undefined): boolean {
  if (inode === undefined) return false;
  try {
    return statSync(processFile(procfs, pid, "exe"), { throwIfNoEntry: false })?.ino === inode;
  } catch {
    return false;
  }
}

/** `#!/usr/bin/env node`: env, which the kernel gave the script, runs an interpreter in its own place. */
function scriptOfEnv({ args = [], cwd }: AuditExec, before: Process | undefined): string | undefined {
  if (before?.script === undefined || posix.basename(before.path ?? "") !== "env") return undefined;
  const { path } = before.script;
  const isGiven = args.slice(1, SEARCHED).some((argument) => absolutePath(argument, cwd) === path);
  return isGiven ? path : undefined;
}
