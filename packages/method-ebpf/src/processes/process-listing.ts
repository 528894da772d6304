import { listPids, type Process, type Procfs, readProcess } from "@procmon/core";
import type { BpfObject } from "@procmon/native";
import type { ExecRecord } from "../records/exec-record.ts";
import { forEachListed } from "../records/listed-records.ts";
import type { ProcessEvents } from "./process-events.ts";
import { withTrees } from "./process-tree.ts";

/** Lists all processes that there are. */
export type ListProcesses = () => Promise<readonly Process[]>;

/** The first process, which some kernels' iterator leaves out. */
const INIT = 1;

/** Lists them by the kernel's iterator, all at once. */
export function createProcessListing(object: BpfObject, events: ProcessEvents, procfs: Procfs): ListProcesses {
  return async () => {
    const list = await object.readIterator("list_processes");
    const bytes = Buffer.from(list.buffer, list.byteOffset, list.byteLength);
    const records: ExecRecord[] = [];
    forEachListed(list, (view, offset, length) => {
      const record = events.listed(view, bytes, offset, length);
      if (record !== undefined) records.push(record);
    });
    const init = records.some(({ head }) => head.pid === INIT) ? [] : readAll(procfs, [INIT]);
    return withTrees([...init, ...events.describeAll(records)]);
  };
}

/** Lists them by reading `/proc`, where the kernel has no such iterator (before Linux 5.18). */
export function createProcfsListing(procfs: Procfs): ListProcesses {
  return async () => withTrees(readAll(procfs, listPids(procfs)));
}

function readAll(procfs: Procfs, pids: readonly number[]): Process[] {
  return pids.flatMap((pid) => {
    const read = readProcess(procfs, pid);
    return read.ok ? [read.value] : [];
  });
}
