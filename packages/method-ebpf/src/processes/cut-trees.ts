import type { Ancestor, Process, ProcessIdentity } from "@procmon/core";
import type { ProcessTable } from "./process-table.ts";
import { ancestorOf } from "./process-tree.ts";

/** Generations that are added at most to one ancestry: what is found in a row is told of while others are born. */
const STEPS = 128;

/** Returns a process with its whole ancestry: itself, where that was whole. */
export type MendTree = (process: Process) => Process;

/**
 * Makes what mends an ancestry that ends too early, since the process was told of while its parents were not known yet.
 *
 * @param table knows those of the list that live
 * @param listed processes with their ancestry, as the kernel's list tells of them
 */
export function createTreeMender(table: ProcessTable, listed: readonly Process[]): MendTree {
  const onList = new Map(listed.map((process) => [process.pid, process]));

  /** What the list says, of the very process. */
  function listedAs({ pid, startTime }: ProcessIdentity): Process | undefined {
    const process = onList.get(pid);
    return process?.startTime === startTime ? process : undefined;
  }

  /** The ancestry that goes on where this one ends; it begins with the last one of this. */
  function aboveOf(process: Process, last: Ancestor): readonly Ancestor[] | undefined {
    if (last.startTime === undefined) return undefined;
    const identity = { pid: last.pid, startTime: last.startTime };
    const whole = listedAs(identity)?.tree;
    if (whole !== undefined) return whole;
    // Born after the list was made: of somebody who is on it, or who was born so himself.
    const known = last.pid === process.pid ? process : table.find(identity);
    const parent = known && onList.get(known.ppid);
    if (!parent || parent.startTime > known.startTime || table.find(parent) === undefined) return known?.tree;
    return [last, ...(parent.tree ?? [ancestorOf(parent)])];
  }

  return (process) => {
    const before = process.tree ?? [ancestorOf(process)];
    let tree = before;
    for (let step = 0; step < STEPS; step++) {
      const last = tree.at(-1);
      const above = last && aboveOf(process, last);
      if (above === undefined || above.length < 2) break;
      tree = [...tree, ...above.slice(1)];
    }
    return tree === before ? process : { ...process, tree };
  };
}
