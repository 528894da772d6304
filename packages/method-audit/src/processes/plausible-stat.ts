import { type ProcStat, readStat } from "@procmon/core";
import { COARSE_TICKS } from "./tracked-process.ts";
import type { TrackerContext } from "./tracker-context.ts";

/** The stat, if that process can have made a record of this time: one that began later cannot. */
export function plausibleStat(
  { clock }: TrackerContext,
  stat: ProcStat,
  pid: number,
  time: bigint,
): ProcStat | undefined {
  if (stat.pid !== pid) return undefined;
  if (stat.startTime <= clock.ticksAt(time) + COARSE_TICKS) return stat;
  // Somebody may have set the wall clock.
  clock.compare();
  return stat.startTime <= clock.ticksAt(time) + COARSE_TICKS ? stat : undefined;
}

/** The stat of what has that pid now, if it can have made a record of this time. */
export function statNow(context: TrackerContext, pid: number, time: bigint): ProcStat | undefined {
  const read = readStat(context.host.procfs, pid);
  return read.ok ? plausibleStat(context, read.value, pid, time) : undefined;
}

/** True if a process that started then can have been made by a call that began at this time. */
export function canBeChild({ clock }: TrackerContext, start: bigint, time: bigint): boolean {
  return start + COARSE_TICKS >= clock.ticksAt(time);
}
