import type { Process } from "@procmon/core";
import type { TrackedProcess } from "./tracked-process.ts";
import type { TrackerContext } from "./tracker-context.ts";

/** Tells of an exec. Core's store takes it from there. */
export function tellExec({ host, counts }: TrackerContext, process: Process, time: bigint): void {
  counts.execs++;
  host.emit({ type: "exec", time, process });
}

/** Tells that a process was made. */
export function tellFork({ host, counts }: TrackerContext, process: Process, time: bigint): void {
  counts.forks++;
  host.emit({ type: "fork", time, process });
}

/** The process has ended: told once. @param exitCode where it is known */
export function endProcess(context: TrackerContext, tracked: TrackedProcess, time: bigint, exitCode?: number): void {
  if (tracked.endedAt !== undefined) return;
  const { host, table, counts } = context;
  table.end(tracked, time);
  counts.exits++;
  host.emit({ type: "exit", time, process: tracked.process, ...(exitCode === undefined ? {} : { exitCode }) });
}
