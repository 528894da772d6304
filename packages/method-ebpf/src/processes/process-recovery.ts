import type { MethodHost, Process } from "@procmon/core";
import type { FlushRing } from "../events/ring-flush.ts";
import type { KernelClock } from "../kernel/kernel-clock.ts";
import { ticksOf } from "../records/record-head.ts";
import type { ListProcesses } from "./process-listing.ts";
import type { ProcessTable } from "./process-table.ts";

/**
 * Compares the table with the kernel's list of processes: at the start, when it knows none, and after records were lost. What had been lost is
 * counted elsewhere; so nothing is told here, but core's store is put right.
 */
export type RecoverProcesses = () => Promise<void>;

/** Makes what compares. */
export function createProcessRecovery(
  host: MethodHost,
  table: ProcessTable,
  clock: KernelClock,
  list: ListProcesses,
  flush: FlushRing,
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

  return async () => {
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
    } finally {
      ends.stop();
    }
  };
}

function isSame(a: Process["args"], b: Process["args"]): boolean {
  return a?.length === b?.length && (a ?? []).every((argument, at) => argument === b?.[at]);
}
