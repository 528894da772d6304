import type { FileIdentity } from "./file-identity.ts";
import type { Process } from "./process.ts";

type Field = keyof Process;
type MutableProcess = { -readonly [F in keyof Process]: Process[F] };

/** Fields that only mean something beside another one: taken over together with it, or not at all. */
const BELONGS_TO: Readonly<Partial<Record<Field, Field>>> = {
  argsTotal: "args",
  argsTruncated: "args",
  user: "uid",
  uids: "uid",
  gids: "gid",
  script: "exeKind",
  realPath: "exeKind",
  executable: "path",
  container: "cgroup",
  systemdUnit: "cgroup",
};

/** What execve(2) leaves as it was. Ids are not among them: a set-user-ID executable changes these. */
const KEPT_OVER_EXEC: readonly Field[] = ["root", "cwd", "cgroup", "container", "systemdUnit", "nsPid", "netns"];

/**
 * What `known` says, and beside it what only `other` says. Gives `known` itself
 * where `other` adds nothing.
 */
export function fillIn(known: Process, other: Partial<Process>): Process {
  let merged: MutableProcess | undefined;
  for (const field of Object.keys(other) as Field[]) {
    if (other[field] === undefined) continue;
    if (tellsMore(known, other, field) && field !== "denied" && fits(known, other, field)) {
      merged ??= { ...known };
      set(merged, field, other[field]);
    }
  }
  return merged === undefined ? known : withoutDenials(merged);
}

/** The new image of a process that had another: what an exec does not change is taken over. */
export function afterExec(image: Process, before: Process): Process {
  const kept: Partial<MutableProcess> = {};
  for (const field of KEPT_OVER_EXEC) {
    if (before[field] !== undefined) set(kept, field, before[field]);
  }
  return fillIn(image, kept);
}

/** True if nothing tells the two images apart: the same executable, and the same arguments where both are known. */
export function isSameImage(a: Process, b: Process): boolean {
  return !hasOtherExecutable(a, b) && (a.args === undefined || b.args === undefined || isSameList(a.args, b.args));
}

/** True if both executables are known and differ. */
export function hasOtherExecutable(a: Process, b: Process): boolean {
  return a.path !== undefined && b.path !== undefined && a.path !== b.path;
}

function set<F extends Field>(target: Partial<MutableProcess>, field: F, value: Process[F] | undefined): void {
  if (value !== undefined) target[field] = value;
}

/** Of an executable some know which file it is, and others all that tells its contents apart. */
function tellsMore(known: Process, other: Partial<Process>, field: Field): boolean {
  if (field !== "executable") return known[field] === undefined;
  return known.executable === undefined || isFuller(other.executable, known.executable);
}

function isFuller(file: FileIdentity | undefined, than: FileIdentity): boolean {
  return than.ctime === undefined && file?.ctime !== undefined && isSameInode(file, than);
}

function isSameInode(a: FileIdentity, b: FileIdentity): boolean {
  return a.device === b.device && a.inode === b.inode;
}

function fits(known: Process, other: Partial<Process>, field: Field): boolean {
  const leader = BELONGS_TO[field];
  return leader === undefined || known[leader] === undefined || known[leader] === other[leader];
}

function withoutDenials(process: MutableProcess): Process {
  const denied = process.denied?.filter((field) => process[field] === undefined);
  if (denied === undefined || denied.length === process.denied?.length) return process;
  if (denied.length > 0) return { ...process, denied };
  const { denied: _, ...rest } = process;
  return rest;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]));
}
