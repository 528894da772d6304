import { posix } from "node:path";
import {
  cleanArgs,
  findAppImage,
  findInterpreter,
  findScript,
  type Process,
  type Procfs,
  type Script,
  userName,
} from "@procmon/core";
import type { ExecRecord } from "../records/exec-record.ts";
import { PROCESS_FLAGS } from "../records/record-flags.ts";
import { ticksOf } from "../records/record-head.ts";
import type { CgroupFacts } from "./cgroup-facts.ts";

type Draft = { -readonly [Key in keyof Process]: Process[Key] };

/** What a record says of the process, as core tells it. The tree is added by whoever knows the ancestors. */
export function processOf(procfs: Procfs, record: ExecRecord, cgroups: CgroupFacts): Draft {
  const { head, comm } = record;
  const { pid, flags } = head;
  const process: Draft = {
    pid,
    startTime: ticksOf(head.start),
    ppid: head.ppid,
    comm,
    uid: head.uid,
    gid: head.gid,
    uids: { real: record.realUid, effective: head.uid, saved: record.savedUid },
    gids: { real: record.realGid, effective: head.gid, saved: record.savedGid },
    netns: record.netns,
  };
  const user = userName(head.uid);
  if (user !== undefined) process.user = user;
  if (record.nsPid !== pid && record.nsPid !== 0) process.nsPid = record.nsPid;
  if (record.cgroup !== "") Object.assign(process, cgroups(record.cgroup));
  if (flags & PROCESS_FLAGS.kernelThread) process.kernelThread = true;
  else if (flags & PROCESS_FLAGS.zombie) process.state = "Z";
  else addImage(procfs, process, record);
  return process;
}

function addImage(procfs: Procfs, process: Draft, record: ExecRecord): void {
  const { flags } = record.head;
  const { path, cwd, env } = record;
  if (!(flags & PROCESS_FLAGS.rootCut)) process.root = record.root === "" ? "/" : record.root;
  if (cwd !== "" && !(flags & PROCESS_FLAGS.cwdCut)) {
    process.cwd = flags & PROCESS_FLAGS.cwdRemoved ? `${cwd} (deleted)` : cwd;
  }
  if (env !== undefined) process.env = env;
  // A path that was cut would name another file.
  const isWhole = path !== "" && !(flags & PROCESS_FLAGS.pathCut);
  if (isWhole) {
    process.path = path;
    process.exeKind = exeKindOf(record);
    if (record.executable !== undefined) process.executable = record.executable;
  }
  if (flags & PROCESS_FLAGS.argsUnread) return;
  process.args = cleanArgs(record.args, process.pid, process.path);
  if (flags & PROCESS_FLAGS.argsCut) {
    process.argsTruncated = true;
    if (record.argsCount > 0) process.argsTotal = record.argsCount;
  }
  if (!isWhole) return;
  const script = scriptOf(procfs, process, record.script);
  if (script !== undefined) {
    process.script = script;
    if (process.exeKind === "file") process.exeKind = "script";
  }
  const appImage = findAppImage(procfs, process.pid, path);
  if (appImage !== undefined) process.appImage = appImage;
}

function exeKindOf({ head, links }: ExecRecord): "memfd" | "deleted" | "file" {
  if (head.flags & PROCESS_FLAGS.memfd) return "memfd";
  return links === 0 || head.flags & PROCESS_FLAGS.removed ? "deleted" : "file";
}

/** What an interpreter runs: what the kernel was told to run, else what a known interpreter's arguments name. */
function scriptOf(procfs: Procfs, process: Draft, told: string): Script | undefined {
  const { pid, path = "", args = [], cwd, root = "/" } = process;
  if (told.startsWith("/dev/fd/") || (told === "" && findInterpreter(posix.basename(path)) === undefined)) {
    return undefined;
  }
  if (told === "") return findScript(procfs, pid, { path, args, cwd, root });
  if (told.startsWith("/")) return { path: told, interpreter: path };
  return cwd === undefined ? undefined : { path: posix.join(cwd, told), interpreter: path };
}
