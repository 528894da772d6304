import { closeSync, constants, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import type { Procfs } from "../procfs/procfs.ts";
import { fsPath } from "../text/encode-bytes.ts";
import { cleanPath } from "./clean-path.ts";
import { findInterpreter, scriptArgument } from "./interpreter.ts";
import type { Script } from "./process.ts";
import { fileStat, seenFromRoot, throughRoot } from "./process-root.ts";

/** What the kernel reads of a script's first line at most (BINPRM_BUF_SIZE). */
const LINE_SIZE = 256;
const line = Buffer.allocUnsafe(LINE_SIZE);

/** What is known of a process when its script is looked for. */
export interface ScriptClues {
  /** The executable. */
  readonly path: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly root: string;
}

/**
 * The script that a process runs: its executable is an interpreter, and an argument names a file that is there. Known
 * interpreters are understood with their options (`python3 -u x.py`); any other one where the file begins with `#!`
 * and names it. Undefined for `bash -c …`, `python -m …`, standard input, and where the file is gone or out of sight.
 * A relative name is taken from the working directory of now.
 */
export function findScript(procfs: Procfs, pid: number, clues: ScriptClues): Script | undefined {
  const { args } = clues;
  if (args.length < 2) return undefined;
  const interpreter = findInterpreter(interpreterName(clues));
  if (interpreter !== undefined) {
    const argument = scriptArgument(interpreter, appletArgs(clues));
    const path = argument === undefined ? undefined : scriptFile(procfs, pid, argument, clues);
    return path === undefined ? undefined : { path, interpreter: clues.path };
  }
  // The kernel makes the arguments: interpreter, at most one option, script (execve(2)).
  for (const argument of args.slice(1, 3)) {
    if (argument.startsWith("-") || argument === "") continue;
    const path = scriptFile(procfs, pid, argument, clues);
    if (path !== undefined && namesInterpreter(throughRoot(procfs, pid, path), args[0] ?? "")) {
      return { path, interpreter: clues.path };
    }
  }
  return undefined;
}

/** busybox is what it is called as. */
function interpreterName({ path, args }: ScriptClues): string {
  const name = posix.basename(path);
  return name.startsWith("busybox") ? posix.basename(appletArgs({ path, args })[0] ?? "").replace(/^-/, "") : name;
}

function appletArgs({ path, args }: Pick<ScriptClues, "path" | "args">): readonly string[] {
  const isBusybox = posix.basename(path).startsWith("busybox") && posix.basename(args[0] ?? "").startsWith("busybox");
  return isBusybox ? args.slice(1) : args;
}

/** The absolute path of an argument that names a file, as the process sees it. */
function scriptFile(procfs: Procfs, pid: number, argument: string, clues: ScriptClues): string | undefined {
  const path = absolutePath(procfs, pid, argument, clues);
  if (path === undefined) return undefined;
  return fileStat(throughRoot(procfs, pid, path))?.isFile() ? path : undefined;
}

function absolutePath(procfs: Procfs, pid: number, argument: string, clues: ScriptClues): string | undefined {
  if (argument.startsWith("/proc/") || argument.startsWith("/dev/fd/")) {
    const path = cleanPath(procfs, pid, argument);
    return path === undefined ? undefined : seenFromRoot(clues.root, path);
  }
  if (argument.startsWith("/")) return argument;
  const cwd = clues.cwd === undefined ? undefined : seenFromRoot(clues.root, clues.cwd);
  return cwd === undefined ? undefined : posix.join(cwd, argument);
}

/** True if the file begins with `#!` and an interpreter that is called `name`, by itself or through env(1). */
function namesInterpreter(file: string, name: string): boolean {
  const words =
    readFirstLine(file)
      ?.slice(2)
      .trim()
      .split(/[ \t]+/) ?? [];
  if (words[0] === name) return true;
  if (posix.basename(words[0] ?? "") !== "env") return false;
  const command = words.slice(1).find((word) => !word.startsWith("-") && !word.includes("="));
  return command !== undefined && (command === name || command === posix.basename(name));
}

/** The first line if it begins with `#!`. Never waits, whatever the file has become meanwhile. */
function readFirstLine(file: string): string | undefined {
  try {
    const fd = openSync(fsPath(file), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const text = line.toString("latin1", 0, readSync(fd, line, 0, LINE_SIZE, 0));
      return text.startsWith("#!") ? text.split("\n", 1)[0] : undefined;
    } finally {
      // That may fail as well, where the server of a file system has gone.
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
