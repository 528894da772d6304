import type { Ancestor, Process } from "@procmon/core";
import { ticksOf } from "../records/record-head.ts";
import type { ProcessTable } from "./process-table.ts";

/** Generations at most. */
const DEPTH = 128;

/** One step of an ancestry. */
export function ancestorOf({ pid, startTime, comm, path }: Process): Ancestor {
  return path === undefined ? { pid, startTime, comm } : { pid, startTime, comm, path };
}

/**
 * The ancestry of a process that runs an executable: its parent's as it is now, unless that parent only took it in after the true
 * one had ended; then as it was when it was forked.
 *
 * @param parentStart in nanoseconds of CLOCK_BOOTTIME
 * @param before what the process was before, where that is known
 */
export function treeOf(
  process: Process,
  parentStart: bigint,
  before: Process | undefined,
  table: ProcessTable,
): readonly Ancestor[] {
  const self = ancestorOf(process);
  const earlier = before?.tree;
  const parent = table.find({ pid: process.ppid, startTime: ticksOf(parentStart) });
  if (parent === undefined || (earlier?.[1] !== undefined && earlier[1].pid !== parent.pid)) {
    return earlier === undefined ? [self] : [self, ...earlier.slice(1)];
  }
  return below(self, parent);
}

/** The ancestry of a child that has just been forked. */
export function treeBelow(process: Process, parent: Process | undefined): readonly Ancestor[] {
  const self = ancestorOf(process);
  return parent === undefined ? [self] : below(self, parent);
}

function below(self: Ancestor, parent: Process): readonly Ancestor[] {
  const above = parent.tree ?? [ancestorOf(parent)];
  return above.length < DEPTH ? [self, ...above] : [self, ...above.slice(0, DEPTH - 1)];
}

/** The processes of a list with the ancestry that the list tells of. */
export function withTrees(processes: readonly Process[]): readonly Process[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));

  function treeOfListed(process: Process): readonly Ancestor[] {
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

  return processes.map((process) => ({ ...process, tree: treeOfListed(process) }));
}
