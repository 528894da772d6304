import { listThreads } from "../procfs/list-pids.ts";
import { PF_KTHREAD, type ProcStat } from "../procfs/parse-stat.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readCgroup } from "../procfs/read-cgroup.ts";
import { readCmdline } from "../procfs/read-cmdline.ts";
import { readEnviron } from "../procfs/read-environ.ts";
import { readNamespace } from "../procfs/read-namespace.ts";
import type { ReadOutcome } from "../procfs/read-outcome.ts";
import { readCwd, readExeLink, readRoot } from "../procfs/read-process-links.ts";
import { readStat } from "../procfs/read-stat.ts";
import { readCredentials } from "../procfs/read-status.ts";
import { buildTree } from "./ancestry.ts";
import { findAppImage } from "./app-image.ts";
import { cgroupPath } from "./cgroup-path.ts";
import { cleanArgs } from "./clean-path.ts";
import { findContainer } from "./container.ts";
import { type Executable, resolveExecutable } from "./executable-path.ts";
import { isImageReady, isImageUnchanged, isZombie } from "./image-identity.ts";
import type { Process } from "./process.ts";
import { findScript } from "./script.ts";
import { findSystemdUnit } from "./systemd-unit.ts";
import { userName } from "./user-name.ts";

/** Options of {@link readProcess}. */
export interface ReadProcessOptions {
  /** Collect the environment; it holds secrets. @default false */
  readonly captureEnv?: boolean;
  /** Add the ancestry as it is now. @default false */
  readonly tree?: boolean;
  /**
   * Bytes of arguments at most; `argsTruncated` tells where there are more. @default 256 KiB, twice what the kernel takes as one argument
   */
  readonly argsLimit?: number;
}

const ARGS_LIMIT = 256 * 1024;

/** A process, and the stat by which its image can be told from the next. */
export interface ProcessReading {
  readonly process: Process;
  readonly stat: ProcStat;
}

/** How often a process that runs another executable meanwhile is read again. */
const ATTEMPTS = 4;

type Draft = { -readonly [K in keyof Process]: Process[K] };

/**
 * Reads all that `/proc` tells of a process. `gone` if it ended, or if its pid came to name another process meanwhile:
 * then nothing of it is given. What may not be read is named in `denied`. Also `gone` for the id of a thread.
 */
export function readProcess(procfs: Procfs, pid: number, options?: ReadProcessOptions): ReadOutcome<Process> {
  const reading = readProcessOnce(procfs, pid, options);
  if (!reading.ok) return reading;
  const { process } = reading.value;
  return { ok: true, value: options?.tree ? { ...process, tree: buildTree(procfs, process) } : process };
}

/** Like {@link readProcess}, without a tree and with the stat. All facts are of one image. */
export function readProcessOnce(
  procfs: Procfs,
  pid: number,
  options?: ReadProcessOptions,
): ReadOutcome<ProcessReading> {
  let before = readStat(procfs, pid);
  for (let attempt = 1; attempt <= ATTEMPTS && before.ok; attempt++) {
    const draft = collect(procfs, before.value, options ?? {});
    const after = readStat(procfs, pid);
    if (!after.ok) return after;
    if (after.value.startTime !== before.value.startTime || draft === undefined) return { ok: false, failure: "gone" };
    const isOneImage = isImageUnchanged(before.value, after.value) && isZombie(before.value) === isZombie(after.value);
    const isReady = isImageReady(after.value);
    if (isOneImage && (isReady || attempt === ATTEMPTS)) {
      // Not yet is not none.
      if (!isReady) delete draft.args;
      draft.comm = after.value.comm;
      draft.ppid = after.value.ppid;
      return { ok: true, value: { process: draft, stat: after.value } };
    }
    before = after;
  }
  return before.ok ? { ok: false, failure: "failed" } : before;
}

/** Undefined where the id is that of a thread. */
function collect(
  procfs: Procfs,
  stat: ProcStat,
  { captureEnv, argsLimit = ARGS_LIMIT }: ReadProcessOptions,
): Draft | undefined {
  const { pid, ppid, comm, startTime } = stat;
  const process: Draft = { pid, startTime, ppid, comm, state: stat.state };
  const denied: (keyof Process)[] = [];
  if (!addCredentials(procfs, process)) return undefined;
  addCgroup(procfs, process);
  if (stat.flags & PF_KTHREAD) process.kernelThread = true;
  else if (!isZombie(stat)) {
    // Once the main thread has ended, only the others know the executable and the directories.
    const tid = stat.state === "Z" ? livingThread(procfs, process) : undefined;
    addArguments(procfs, process, tid, argsLimit);
    addImage(procfs, process, denied, tid);
    if (captureEnv) addEnvironment(procfs, process, denied, tid);
  }
  if (denied.length > 0) process.denied = denied;
  return process;
}

function addCredentials(procfs: Procfs, process: Draft): boolean {
  const read = readCredentials(procfs, process.pid);
  if (!read.ok) return true;
  const { tgid, uids, gids, nsPids } = read.value;
  if (tgid !== process.pid) return false;
  process.uid = uids.effective;
  process.gid = gids.effective;
  process.uids = { real: uids.real, effective: uids.effective, saved: uids.saved };
  process.gids = { real: gids.real, effective: gids.effective, saved: gids.saved };
  const user = userName(uids.effective);
  if (user !== undefined) process.user = user;
  const nsPid = nsPids.at(-1);
  if (nsPid !== undefined && nsPids.length > 1 && nsPid !== process.pid) process.nsPid = nsPid;
  return true;
}

function addCgroup(procfs: Procfs, process: Draft): void {
  const entries = readCgroup(procfs, process.pid);
  if (!entries.ok) return;
  const path = cgroupPath(entries.value);
  if (path === undefined) return;
  process.cgroup = path;
  const container = findContainer(entries.value);
  if (container !== undefined) process.container = container;
  const unit = findSystemdUnit(path);
  if (unit !== undefined) process.systemdUnit = unit;
}

function addArguments(procfs: Procfs, process: Draft, tid: number | undefined, limit: number): void {
  const read = readCmdline(procfs, process.pid, tid, limit);
  if (!read.ok) return;
  process.args = read.value.args;
  if (!read.value.truncated) return;
  process.argsTruncated = true;
  if (read.value.total !== undefined) process.argsTotal = read.value.total;
}

function addImage(procfs: Procfs, process: Draft, denied: (keyof Process)[], tid: number | undefined): void {
  const { pid } = process;
  const exe = readExeLink(procfs, pid, tid);
  if (!exe.ok && exe.failure === "denied") {
    // One check of the kernel's guards them all (PTRACE_MODE_READ_FSCREDS, ptrace(2)).
    denied.push("path", "realPath", "executable", "exeKind", "script", "root", "cwd", "netns");
    return;
  }
  const cwd = readCwd(procfs, pid, tid);
  if (cwd.ok) process.cwd = cwd.value;
  const root = readRoot(procfs, pid, tid);
  if (root.ok) process.root = root.value;
  const netns = readNamespace(procfs, pid, "net", tid);
  if (netns.ok) process.netns = netns.value;
  if (!exe.ok || !root.ok) return;
  Object.assign(process, resolveExecutable(procfs, pid, exe.value, root.value, tid));
  const { path, exeKind } = process as Executable;
  const appImage = findAppImage(procfs, pid, path);
  if (appImage !== undefined) process.appImage = appImage;
  if (process.args === undefined) return;
  process.args = cleanArgs(process.args, pid, path);
  const script = findScript(procfs, pid, { path, args: process.args, cwd: process.cwd, root: root.value });
  if (script === undefined) return;
  process.script = script;
  if (exeKind === "file") process.exeKind = "script";
}

function addEnvironment(procfs: Procfs, process: Draft, denied: (keyof Process)[], tid: number | undefined): void {
  const read = readEnviron(procfs, process.pid, tid);
  if (read.ok) process.env = read.value;
  else if (read.failure === "denied") denied.push("env");
}

function livingThread(procfs: Procfs, process: Draft): number | undefined {
  const threads = listThreads(procfs, process.pid);
  if (!threads.ok) return undefined;
  return threads.value.find((tid) => {
    const stat = readStat(procfs, process.pid, tid);
    if (!stat.ok || stat.value.state === "Z" || stat.value.state === "X") return false;
    process.state = stat.value.state;
    return true;
  });
}
