import type { MethodHost, Process } from "@procmon/core";
import type { KernelClock } from "../kernel/kernel-clock.ts";
import { decodeExecRecord, type ExecRecord } from "../records/exec-record.ts";
import { decodeExitRecord } from "../records/exit-record.ts";
import { decodeForkRecord } from "../records/fork-record.ts";
import { ticksOf } from "../records/record-head.ts";
import { createStepPaths } from "../records/step-paths.ts";
import { createCgroupFacts } from "./cgroup-facts.ts";
import { exitOf } from "./exit-status.ts";
import { forkedOf } from "./forked-process.ts";
import { processOf } from "./process-image.ts";
import type { ProcessTable } from "./process-table.ts";
import { treeOf } from "./process-tree.ts";

/** Makes events, and the table of what lives, of records about processes. Each returns false where the bytes hold no such record. */
export interface ProcessEvents {
  exec(view: DataView, bytes: Buffer, offset: number, length: number): boolean;
  fork(view: DataView, bytes: Buffer, offset: number, length: number): boolean;
  exit(view: DataView, bytes: Buffer, offset: number, length: number): boolean;
  /** A process of the list: as an exec, but nothing is told. */
  listed(view: DataView, bytes: Buffer, offset: number, length: number): ExecRecord | undefined;
  /** What listed processes are, without their trees. */
  describeAll(records: readonly ExecRecord[]): readonly Process[];
}

/** Makes the reader of a host. */
export function createProcessEvents(host: MethodHost, clock: KernelClock, table: ProcessTable): ProcessEvents {
  const { procfs } = host;
  const paths = createStepPaths();
  const cgroups = createCgroupFacts();

  function describe(record: ExecRecord): Process {
    const process = processOf(procfs, record, cgroups);
    process.tree = treeOf(process, record.parentStart, table.find(process), table);
    return process;
  }

  return {
    exec(view, bytes, offset, length) {
      const record = decodeExecRecord(view, bytes, offset, length, paths);
      if (record === undefined) return false;
      const process = describe(record);
      table.set(process);
      host.emit({ type: "exec", time: clock.epochAt(record.head.time), process });
      return true;
    },
    fork(view, bytes, offset, length) {
      const record = decodeForkRecord(view, bytes, offset, length);
      if (record === undefined) return false;
      const parent = table.find({ pid: record.head.ppid, startTime: ticksOf(record.parentStart) });
      if (parent !== undefined) table.noteFork(parent, record.head.time);
      const process = forkedOf(record, parent);
      table.set(process);
      host.emit({ type: "fork", time: clock.epochAt(record.head.time), process });
      return true;
    },
    exit(view, bytes, offset, length) {
      const record = decodeExitRecord(view, bytes, offset, length);
      if (record === undefined) return false;
      const { head, comm, status } = record;
      const { pid, ppid, uid, gid } = head;
      const identity = { pid, startTime: ticksOf(head.start) };
      const process = table.find(identity) ?? { ...identity, ppid, comm, uid, gid };
      table.end(identity);
      host.emit({ type: "exit", time: clock.epochAt(head.time), process, ...exitOf(status) });
      return true;
    },
    listed: (view, bytes, offset, length) => decodeExecRecord(view, bytes, offset, length, paths),
    describeAll: (records) => records.map((record) => processOf(procfs, record, cgroups)),
  };
}
