import { PF_KTHREAD, type ProcStat } from "../procfs/parse-stat.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readExeLink } from "../procfs/read-process-links.ts";
import { readStat } from "../procfs/read-stat.ts";
import { executablePath } from "./executable-path.ts";
import { isZombie } from "./image-identity.ts";
import type { Ancestor, Process } from "./process.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import type { ProcessStore } from "./process-store.ts";

/** Generations at most. */
const DEPTH = 128;

/** A process whose ancestry is looked for. */
export type Descendant = ProcessIdentity & Pick<Process, "ppid"> & Partial<Pick<Process, "path" | "comm">>;

/**
 * The ancestry from the process itself to the root of the tree, at most 128 generations. An ancestor that the store
 * knows brings its own tree, as it was frozen when it started: so also parents that have ended are found.
 */
export function buildTree(procfs: Procfs, process: Descendant, store?: ProcessStore): Ancestor[] {
  const tree: Ancestor[] = [ancestor(process, process.comm, process.path)];
  let child: ProcessIdentity = process;
  let ppid = process.ppid;
  // A parent is never younger than its child; with that, and the depth, no cycle is possible.
  while (ppid > 0 && tree.length < DEPTH && !tree.some((each) => each.pid === ppid)) {
    const known = olderThan(child, store?.getByPid(ppid));
    const read = readStat(procfs, ppid);
    const stat = read.ok && read.value.startTime <= child.startTime ? read.value : undefined;
    if (stat === undefined) {
      if (known !== undefined) tree.push(...(known.tree ?? [ancestor(known, known.comm, known.path)]));
      break;
    }
    tree.push(ancestor(stat, stat.comm, pathOf(procfs, stat)));
    if (known?.startTime === stat.startTime && known.tree !== undefined && known.tree.length > 1) {
      tree.push(...known.tree.slice(1));
      break;
    }
    child = stat;
    ppid = stat.ppid;
  }
  return tree.length > DEPTH ? tree.slice(0, DEPTH) : tree;
}

/** True if `parent` lives and is the parent of `child` now; a process whose parent ends gets another one. */
export function isChild(procfs: Procfs, child: ProcessIdentity, parent: ProcessIdentity): boolean {
  if (parent.startTime > child.startTime) return false;
  const parentStat = readStat(procfs, parent.pid);
  if (!parentStat.ok || parentStat.value.startTime !== parent.startTime) return false;
  const stat = readStat(procfs, child.pid);
  return stat.ok && stat.value.startTime === child.startTime && stat.value.ppid === parent.pid;
}

/** True while this very process runs; a zombie does not. */
export function isAlive(procfs: Procfs, identity: ProcessIdentity): boolean {
  const stat = readStat(procfs, identity.pid);
  return stat.ok && stat.value.startTime === identity.startTime && !isZombie(stat.value);
}

function olderThan(child: ProcessIdentity, process: Process | undefined): Process | undefined {
  return process !== undefined && process.startTime <= child.startTime ? process : undefined;
}

function pathOf(procfs: Procfs, stat: ProcStat): string | undefined {
  if (stat.flags & PF_KTHREAD || stat.state === "Z") return undefined;
  const link = readExeLink(procfs, stat.pid);
  return link.ok ? executablePath(procfs, stat.pid, link.value) : undefined;
}

function ancestor(identity: ProcessIdentity, comm: string | undefined, path: string | undefined): Ancestor {
  return {
    pid: identity.pid,
    startTime: identity.startTime,
    ...(comm === undefined ? {} : { comm }),
    ...(path === undefined ? {} : { path }),
  };
}
