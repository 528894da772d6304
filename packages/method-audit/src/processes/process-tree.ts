import type { Ancestor, Process } from "@procmon/core";

/** Generations at most. */
const DEPTH = 128;

/** One step of an ancestry. */
export function ancestorOf({ pid, startTime, comm, path }: Process): Ancestor {
  return path === undefined ? { pid, startTime, comm } : { pid, startTime, comm, path };
}

/** The ancestry of a child of this parent, as the parent is now. */
export function treeBelow(child: Process, parent: Process | undefined): readonly Ancestor[] {
  const self = ancestorOf(child);
  if (parent === undefined) return [self];
  const above = parent.tree ?? [ancestorOf(parent)];
  return above.length < DEPTH ? [self, ...above] : [self, ...above.slice(0, DEPTH - 1)];
}

/**
 * The ancestry of a process that has run an executable: its parent's as it is now, unless that parent only took it in after the true
 * one had ended; then as it was before.
 *
 * @param before what the process was before, where that is known
 */
export function treeAfterExec(
  process: Process,
  parent: Process | undefined,
  before: Process | undefined,
): readonly Ancestor[] {
  const earlier = before?.tree;
  if (parent === undefined || (earlier?.[1] !== undefined && earlier[1].pid !== parent.pid)) {
    const self = ancestorOf(process);
    return earlier === undefined ? [self] : [self, ...earlier.slice(1)];
  }
  return treeBelow(process, parent);
}

/** The ancestry of a process of a list, as the list has it. */
export function treeOfListed(process: Process, byPid: ReadonlyMap<number, Process>): readonly Ancestor[] {
  const tree: Ancestor[] = [];
  let current: Process | undefined = process;
  while (current !== undefined && tree.length < DEPTH) {
    tree.push(ancestorOf(current));
    const parent: Process | undefined = byPid.get(current.ppid);
    // A parent is never younger than its child; those of one clock tick could seem to be each other's.
    if (parent === undefined || parent.startTime > current.startTime) break;
    current = tree.some(({ pid }) => pid === parent.pid) ? undefined : parent;
  }
  return tree;
}
