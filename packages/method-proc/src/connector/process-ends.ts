import { type KnownProcess, lastFacts, type ProcessTable } from "../events/process-table.ts";
import type { ScannedEvent } from "../scan/scan-messages.ts";
import type { BootClock } from "./boot-clock.ts";
import type { HeldEvent } from "./event-window.ts";
import type { LateExits } from "./late-exits.ts";

/** Tells of the ends of processes, and forgets them. */
export interface ProcessEnds {
  /** @param status as wait(2) gives it; undefined where it is not known */
  end(known: KnownProcess, time: bigint, status?: number): void;
  /** A process of which no end was told must have ended. */
  forget(known: KnownProcess, time: bigint): void;
  /**
   * The pid is another's now. The kernel gives it away a moment before it tells of the end, if it is interrupted in between: the first end
   * that follows is this one's then.
   */
  endBefore(known: KnownProcess, time: bigint, later: readonly HeldEvent[]): void;
  /** True for an end that has been told of before it was its turn. */
  takeSpent(event: HeldEvent["event"]): boolean;
}

/** What it works with. */
export interface ProcessEndsParts {
  readonly table: ProcessTable;
  readonly late: LateExits;
  readonly clock: BootClock;
  emit(event: ScannedEvent): void;
}

/** Makes what tells of ends. */
export function createProcessEnds({ table, late, clock, emit }: ProcessEndsParts): ProcessEnds {
  const spent = new WeakSet<HeldEvent["event"]>();

  function end(known: KnownProcess, time: bigint, status?: number): void {
    table.delete(known.pid);
    late.delete(known.pid);
    if (known.isKernel) return;
    const how = status === undefined ? {} : outcomeOf(status);
    emit({ type: "exit", time: clock.epochAt(time), process: lastFacts(known), ...how });
  }

  function forget(known: KnownProcess, time: bigint): void {
    if (known.ended) table.delete(known.pid);
    else end(known, time);
  }

  return {
    end,
    forget,
    endBefore(known, time, later) {
      const own = later.flatMap(({ event }) => (event.type === "exit" ? [event] : []))[0];
      if (known.ended || own === undefined) {
        forget(known, time);
        return;
      }
      spent.add(own);
      end(known, time, own.status);
    },
    takeSpent: (event) => spent.delete(event),
  };
}

/** The lower seven bits are the signal, and 128 tells of a core dump; else the code is above (wait(2)). */
function outcomeOf(status: number): { exitCode: number } | { signal: number } {
  const signal = status & 127;
  return signal === 0 ? { exitCode: (status >> 8) & 255 } : { signal };
}
