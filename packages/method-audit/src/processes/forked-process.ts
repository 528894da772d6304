import type { Process, ProcessIdentity } from "@procmon/core";
import { treeBelow } from "./process-tree.ts";

/** What children have of a parent: each process's is made once, since some fork all the time. */
const heritages = new WeakMap<Process, Process>();

/**
 * A child: it runs what its parent ran at that moment. Its directory is not told, since the parent may have changed its own meanwhile.
 *
 * @param comm the name of the thread that forked, which the child has from it
 */
export function forkedOf(identity: ProcessIdentity, parent: Process, comm: string): Process {
  const { pid, startTime } = identity;
  const process: Process = { ...heritageOf(parent), pid, startTime, ppid: parent.pid, comm };
  return { ...process, tree: treeBelow(process, parent) };
}

function heritageOf(parent: Process): Process {
  const known = heritages.get(parent);
  if (known !== undefined) return known;
  const { cwd: _, nsPid: __, state: ___, kernelThread: ____, ...heritage } = parent;
  heritages.set(parent, heritage);
  return heritage;
}
