import type { ProcStat } from "@procmon/core";
import { isEnding, isLeaderless, type KnownProcess, lastFacts } from "../events/process-table.ts";
import type { ApplyContext, EventOf } from "./apply-context.ts";
import { statNow } from "./captured-stat.ts";
import type { HeldEvent } from "./event-window.ts";

/** Makes what applies the ends of first threads: with them, mostly, ends the process. */
export function createExitApplier(
  context: ApplyContext,
): (event: EventOf<"exit">, held: HeldEvent, later: readonly HeldEvent[]) => void {
  const { procfs, table, late, ends, onUnknown } = context;

  function applyExit(event: EventOf<"exit">, held: HeldEvent, later: readonly HeldEvent[]): void {
    const { pid, time } = event;
    const known = table.get(pid);
    if (ends.takeSpent(event)) return;
    if (known === undefined || known.ended) {
      onUnknown(pid, "exit", time);
      return;
    }
    const next = later.find(({ event: { type } }) => type === "exec" || type === "fork" || type === "exit")?.event.type;
    // The first thread ends, too, when another one runs an executable, and takes its place; which may be told before.
    if (next === "exec" || next === "exit") return;
    // Another process has its pid already, and may have begun in the same clock tick.
    const stat = next === "fork" ? undefined : statAtEnd(held, known);
    if (stat && isLeaderless(stat)) {
      late.addLeaderless(pid, known.startTime);
      return;
    }
    if (stat && !isEnding(stat)) return;
    ends.end(known, time, statusOf(event, later));
    if (stat === undefined) return;
    table.set({ ...known, ended: true });
    late.addZombie(pid);
  }

  /** As it was when the kernel told, unless it had more threads then: as it is now. Undefined where it is gone. */
  function statAtEnd({ capture }: HeldEvent, known: KnownProcess): ProcStat | undefined {
    if (capture === undefined || (capture.stat && isEnding(capture.stat))) return capture?.stat;
    const now = statNow(procfs, known.pid);
    return now?.startTime === known.startTime ? now : undefined;
  }

  return applyExit;
}

/** Where the first thread ended quietly and the process only later, with another code, which one it is is not told. */
function statusOf({ status }: EventOf<"exit">, later: readonly HeldEvent[]): number | undefined {
  return status === 0 && later.some(({ event }) => event.type === "thread-exit") ? undefined : status;
}

/** Looks whether those have ended whose first thread had ended before, and forgets those that are gone. */
export function checkLateExits({ table, late, clock, emit }: ApplyContext, now: number): void {
  for (const { pid, change } of late.check(now)) {
    const known = table.get(pid);
    if (known === undefined) continue;
    if (change === "reaped") {
      if (known.ended) table.delete(pid);
    } else if (!known.ended) {
      emit({ type: "exit", time: clock.epochAt(process.hrtime.bigint()), process: lastFacts(known) });
      table.set({ ...known, ended: true });
      late.addZombie(pid);
    }
  }
}
