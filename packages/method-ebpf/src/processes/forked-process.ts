import type { Process } from "@procmon/core";
import type { ForkRecord } from "../records/fork-record.ts";
import { PROCESS_FLAGS } from "../records/record-flags.ts";
import { ticksOf } from "../records/record-head.ts";
import { changeIds } from "./changed-ids.ts";
import { treeBelow } from "./process-tree.ts";

type Draft = { -readonly [Key in keyof Process]: Process[Key] };

/** What children have of a parent: each process's is made once, since some fork all the time. */
const heritages = new WeakMap<Process, Process>();

/** A child: it runs what its parent ran at that moment. Its directory is not told, since the parent may have changed its own meanwhile. */
export function forkedOf({ head, nsPid, netns, comm }: ForkRecord, parent: Process | undefined): Process {
  const { pid, ppid, uid, gid } = head;
  const own = { pid, startTime: ticksOf(head.start), ppid, comm, uid, gid, netns };
  const hasItsIds = parent?.uid === uid && parent.gid === gid;
  const process: Draft = {
    ...(hasItsIds ? heritageOf(parent) : changeIds(heritageOf(parent ?? own), uid, gid)),
    ...own,
  };
  if (nsPid !== pid) process.nsPid = nsPid;
  if (head.flags & PROCESS_FLAGS.kernelThread) process.kernelThread = true;
  process.tree = treeBelow(process, parent);
  return process;
}

function heritageOf(parent: Process): Process {
  const known = heritages.get(parent);
  if (known !== undefined) return known;
  const { cwd: _, nsPid: __, ...heritage } = parent;
  heritages.set(parent, heritage);
  return heritage;
}
