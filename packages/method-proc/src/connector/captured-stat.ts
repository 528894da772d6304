import { type Procfs, type ProcStat, readStat } from "@procmon/core";
import type { BootClock } from "./boot-clock.ts";
import type { HeldEvent } from "./event-window.ts";

/** The stat that was read when a process first ran an executable, or ended; one that got its pid later is younger. */
export function capturedStat(clock: BootClock, held: HeldEvent, later: readonly HeldEvent[]): ProcStat | undefined {
  const latest = clock.ticksAt(held.event.time);
  const next = later.find(({ event }) => event.type === "fork")?.event.time;
  for (const { capture, capturedAt } of [held, ...later]) {
    if (next !== undefined && capturedAt >= next) break;
    if (capture?.stat && capture.stat.startTime <= latest) return capture.stat;
  }
  return undefined;
}

/** As {@link capturedStat}, and where nothing was read, of the process that has the pid now, if it is old enough. */
export function earliestStat(
  procfs: Procfs,
  clock: BootClock,
  held: HeldEvent,
  later: readonly HeldEvent[],
): ProcStat | undefined {
  const captured = capturedStat(clock, held, later);
  if (captured !== undefined) return captured;
  const now = statNow(procfs, held.event.pid);
  return now && now.startTime <= clock.ticksAt(held.event.time) ? now : undefined;
}

/** The stat of whatever has this pid now. */
export function statNow(procfs: Procfs, pid: number): ProcStat | undefined {
  const read = readStat(procfs, pid);
  return read.ok ? read.value : undefined;
}
