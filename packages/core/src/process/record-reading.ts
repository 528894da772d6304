import type { Procfs } from "../procfs/procfs.ts";
import { buildTree } from "./ancestry.ts";
import { isZombie } from "./image-identity.ts";
import type { Ancestor, Process } from "./process.ts";
import type { ProcessStore } from "./process-store.ts";
import type { ProcessReading } from "./read-process.ts";

/**
 * Brings the store up to date with what was read of a process: added with its tree, updated, or replaced where it
 * runs another image than the stored one. Returns what is now stored.
 *
 * @param hasRunOn true if it is known to run the image that is stored.
 */
export function recordReading(
  procfs: Procfs,
  store: ProcessStore,
  { process, stat }: ProcessReading,
  hasRunOn: boolean,
): Process | undefined {
  const ofPid = store.getByPid(process.pid);
  // The pid was given to another process: the one before has ended.
  if (ofPid !== undefined && ofPid.startTime !== process.startTime && !store.isEnded(ofPid)) store.end(ofPid);
  const stored = store.get(process);
  if (isZombie(stat)) return recordZombie(procfs, store, process, stored);
  if (stored === undefined) return store.add({ ...process, tree: buildTree(procfs, process, store) });
  if (store.isEnded(stored)) store.add({ ...stored, state: process.state ?? "" });
  if (hasRunOn || looksSame(stored, process)) return store.update(process, newerFacts(procfs, store, stored, process));
  return store.replace({ ...process, tree: newTree(procfs, store, stored, process) });
}

/**
 * A zombie tells no more than its name and parent. What was known of it stays, unless another name says that it may
 * have run something else since: then its last image is unknown.
 */
function recordZombie(
  procfs: Procfs,
  store: ProcessStore,
  process: Process,
  stored: Process | undefined,
): Process | undefined {
  if (stored === undefined) store.add({ ...process, tree: buildTree(procfs, process, store) });
  else if (stored.comm !== process.comm) store.replace({ ...process, tree: newTree(procfs, store, stored, process) });
  else if (stored.state !== "Z") store.update(process, { state: "Z" });
  return store.isEnded(process) ? store.get(process) : store.end(process);
}

/** What a process changes without an exec. Its arguments and its tree stay what they were when the image began. */
function newerFacts(procfs: Procfs, store: ProcessStore, stored: Process, process: Process): Partial<Process> {
  const { args, argsTotal, argsTruncated, env, script, exeKind, ...facts } = process;
  // Also those that were cut in order to make room come back.
  const takesArgs = stored.args === undefined || (stored.argsTruncated === true && hasSameArgs(stored, process));
  return {
    ...facts,
    ...(takesArgs && args !== undefined ? { args } : {}),
    ...(takesArgs && argsTotal !== undefined ? { argsTotal } : {}),
    ...(takesArgs && argsTruncated !== undefined ? { argsTruncated } : {}),
    ...(stored.env === undefined && env !== undefined ? { env } : {}),
    ...(stored.tree === undefined ? { tree: buildTree(procfs, process, store) } : {}),
    ...scriptFacts(stored, process),
  };
}

/** A script stays the script of its process, also when its file is removed. */
function scriptFacts(stored: Process, { script, exeKind }: Process): Partial<Process> {
  const kept = stored.script ?? script;
  if (exeKind === undefined) return {};
  if (kept === undefined) return { exeKind };
  return { script: kept, exeKind: exeKind === "file" ? "script" : exeKind };
}

/** Where nothing better is known: the same executable, and arguments that are the same or a title written over them. */
function looksSame(stored: Process, process: Process): boolean {
  if (stored.path !== process.path && stored.path !== undefined && process.path !== undefined) return false;
  if (stored.args === undefined || process.args === undefined) return true;
  if (process.args.length === 1 && process.path !== undefined) return true;
  return hasSameArgs(stored, process);
}

/** True if the arguments are the same, as far as those that are stored reach. */
function hasSameArgs({ args = [], argsTotal, argsTruncated }: Process, read: Process): boolean {
  const found = read.args ?? [];
  if (argsTruncated !== true) return args.length === found.length && args.every((arg, i) => arg === found[i]);
  const last = args.length - 1;
  const total = read.argsTruncated ? read.argsTotal : found.length;
  return args.every((arg, i) => (i < last ? arg === found[i] : found[i]?.startsWith(arg))) && argsTotal === total;
}

/** After an exec: the ancestors of now, unless these have ended meanwhile and the process has been given another parent. */
function newTree(procfs: Procfs, store: ProcessStore, stored: Process, process: Process): readonly Ancestor[] {
  const tree = buildTree(procfs, process, store);
  const before = stored.tree;
  if (before === undefined || before.length < 2 || before[1]?.pid === process.ppid) return tree;
  return [...tree.slice(0, 1), ...before.slice(1)];
}
