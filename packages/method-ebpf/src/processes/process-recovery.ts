import type { MethodHost, Process } from "@procmon/core";
import type { KnownProcesses } from "../events/held-events.ts";
import type { FlushRing } from "../events/ring-flush.ts";
import type { KernelClock } from "../kernel/kernel-clock.ts";
import { ticksOf } from "../records/record-head.ts";
import { createTreeMender, type MendTree } from "./cut-trees.ts";
import type { ListProcesses } from "./process-listing.ts";
import type { ProcessTable } from "./process-table.ts";

/**
 * Compares the table with the kernel's list of processes: at the start, when it knows none, and after records were lost. What had been lost is
 * counted elsewhere; so nothing is told here, but core's store is put right.
 */
export type RecoverProcesses = () => Promise<void>;

/**
 * Makes what compares.
 *
 * @param release is told when all processes are known
 */
export function createProcessRecovery(
  host: MethodHost,
  table: ProcessTable,
  clock: KernelClock,
  list: ListProcesses,
  flush: FlushRing,
  release: (known: KnownProcesses) => void,
): RecoverProcesses {
  /** True if another executable runs than the table knows: its exec was lost. */
  function hasOtherImage(known: Process, listed: Process): boolean {
    return known.path !== listed.path || (known.comm !== listed.comm && !isSame(known.args, listed.args));
  }

  function takeOver(listed: Process, time: bigint): void {
    const known = table.find(listed);
    if (known === undefined) host.processes.add(listed, time);
    else if (hasOtherImage(known, listed)) host.processes.replace(listed, time);
    else return;
    table.set(listed);
  }

  function dropEnded(listed: readonly Process[], before: bigint, time: bigint): void {
    const living = new Map(listed.map(({ pid, startTime }) => [pid, startTime]));
    for (const process of [...table.values()]) {
      // Those that began after the list was made cannot be on it.
      if (living.get(process.pid) === process.startTime || process.startTime >= before) continue;
      table.end(process);
      host.processes.end(process, time);
    }
  }

  function mendTable(mend: MendTree): void {
    const time = clock.epochAt(clock.now());
    for (const known of [...table.values()]) {
      const process = mend(known);
      if (process === known) continue;
      table.set(process);
      host.processes.update(process, { tree: process.tree ?? [] }, time);
    }
  }

  /** Gives the list. */
  async function compare(): Promise<readonly Process[]> {
    const ends = table.watchEnds();
    try {
      const now = clock.now();
      // A zombie has ended, and its exit was told of.
      const listed = (await list()).filter(({ state }) => state !== "Z");
      // What happened before the list was made is known after this, and nothing older comes later.
      await flush();
      const time = clock.epochAt(now);
      for (const process of listed) if (!ends.has(process)) takeOver(process, time);
      dropEnded(listed, ticksOf(now), time);
      mendTable(createTreeMender(table, listed));
      return listed;
    } finally {
      ends.stop();
    }
  }

  /** True for those who were born after the list was made, of somebody who was not known before. */
  function someLackImage(listed: readonly Process[]): boolean {
    const pids = new Set(listed.map(({ pid }) => pid));
    return [...table.values()].some(
      ({ pid, path, kernelThread }) => path === undefined && !kernelThread && !pids.has(pid),
    );
  }

  return async () => {
    let listed = await compare();
    if (someLackImage(listed)) listed = await compare();
    release({ mend: createTreeMender(table, listed), find: table.find });
  };
}

function isSame(a: Process["args"], b: Process["args"]): boolean {
  return a?.length === b?.length && (a ?? []).every((argument, at) => argument === b?.[at]);
}
