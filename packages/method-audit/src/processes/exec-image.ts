import {
  cleanArgs,
  type FileIdentity,
  findAppImage,
  type Process,
  type ProcessIdentity,
  type Procfs,
} from "@procmon/core";
import type { AuditExec } from "../normalize/normalized-event.ts";
import type { ExecFacts } from "./exec-facts.ts";
import { scriptOf } from "./exec-script.ts";
import { executableOf, seenFromHere } from "./executable-name.ts";
import { executedFile } from "./executed-file.ts";
import { idsOf } from "./subject-ids.ts";

type Draft = { -readonly [Key in keyof Process]: Process[Key] };

/** What a process is once it has run an executable, as the records tell it. The tree is added by whoever knows the ancestors. */
export function execImage(
  procfs: Procfs,
  event: AuditExec,
  identity: ProcessIdentity,
  before: Process | undefined,
  facts: ExecFacts,
): Draft {
  const { subject, files, cwd } = event;
  const { pid, startTime } = identity;
  const image: Draft = {
    ...unchangedOf(before, facts),
    pid,
    startTime,
    ppid: parentPid(subject.ppid),
    comm: subject.comm,
    ...idsOf(subject),
  };
  if (subject.exe !== undefined) Object.assign(image, executableOf(subject.exe, files[0], cwd, image.root));
  const executable = image.path === undefined ? undefined : wholeIdentity(executedFile(event), facts.executable);
  if (executable !== undefined) image.executable = executable;
  if (cwd !== undefined) image.cwd = seenFromHere(cwd, image.root);
  if (facts.env !== undefined) image.env = facts.env;
  addArguments(image, event, facts);
  const script = scriptOf(procfs, event, image, before);
  if (script !== undefined) {
    image.script = script;
    if (image.exeKind === "file") image.exeKind = "script";
  }
  const appImage = image.path === undefined ? undefined : findAppImage(procfs, pid, image.path);
  if (appImage !== undefined) image.appImage = appImage;
  return image;
}

/** Records tell neither size nor times. What was read beside them does, where it is of the same file. */
function wholeIdentity(told: FileIdentity | undefined, read: FileIdentity | undefined): FileIdentity | undefined {
  return told !== undefined && read?.inode === told.inode && read.device === told.device ? read : told;
}

/** The ppid of a record; 0 where it is none. */
export function parentPid(ppid: number): number {
  return Number.isSafeInteger(ppid) && ppid > 0 ? ppid : 0;
}

/** What execve(2) leaves as it was, unless it is known how it is now. */
function unchangedOf(before: Process | undefined, facts: ExecFacts): Partial<Draft> {
  const unchanged: Partial<Draft> = { ...facts.cgroups };
  if (facts.cgroups === undefined) {
    if (before?.cgroup !== undefined) unchanged.cgroup = before.cgroup;
    if (before?.container !== undefined) unchanged.container = before.container;
    if (before?.systemdUnit !== undefined) unchanged.systemdUnit = before.systemdUnit;
  }
  const root = facts.root ?? before?.root;
  if (root !== undefined) unchanged.root = root;
  const netns = facts.netns ?? before?.netns;
  if (netns !== undefined) unchanged.netns = netns;
  if (before?.nsPid !== undefined) unchanged.nsPid = before.nsPid;
  return unchanged;
}

function addArguments(image: Draft, event: AuditExec, { commandLine }: ExecFacts): void {
  const args = commandLine?.args ?? event.args;
  if (args === undefined) return;
  image.args = cleanArgs(args, image.pid, image.path);
  const total = commandLine === undefined ? event.argsTotal : commandLine.total;
  const isTruncated = commandLine === undefined ? event.argsTruncated === true : commandLine.truncated;
  if (isTruncated) image.argsTruncated = true;
  if (total !== undefined && total > args.length) image.argsTotal = total;
}
