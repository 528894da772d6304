import { type Procfs, readProcessOnce } from "@procmon/core";
import { hasOtherImage, imageFacts, type ProcessTable } from "../events/process-table.ts";
import type { ScannedEvent } from "../scan/scan-messages.ts";
import type { BootClock } from "./boot-clock.ts";

/** Processes that were told of without being read whole: there was no time. They are read when there is. */
export interface PartialReads {
  /** @param time of what was told */
  add(pid: number, time: bigint): void;
  /** Reads one. Returns false where there is none. */
  completeNext(): boolean;
}

/** What it works with. */
export interface PartialReadsParts {
  readonly procfs: Procfs;
  readonly captureEnv: boolean;
  readonly table: ProcessTable;
  readonly clock: BootClock;
  emit(event: ScannedEvent): void;
}

/** Processes that are read later, at most. */
const CAPACITY = 4096;

/** Makes an empty set. */
export function createPartialReads({ procfs, captureEnv, table, clock, emit }: PartialReadsParts): PartialReads {
  const times = new Map<number, bigint>();

  /** The facts are told as of the time of the event: what comes after it may have been told of already, or not yet. */
  function complete(pid: number, time: bigint): void {
    const known = table.get(pid);
    if (known?.stat === undefined || known.ended) return;
    const reading = readProcessOnce(procfs, pid, { captureEnv });
    if (!reading.ok || reading.value.stat.startTime !== known.startTime) return;
    const { process, stat } = reading.value;
    if (hasOtherImage(known.stat, stat)) return;
    const image = { ...imageFacts(process), ...known.image };
    table.set({ ...known, image });
    const { ppid: _, ...facts } = process;
    const identity = { pid, startTime: known.startTime };
    emit({ type: "change", time: clock.epochAt(time), identity, facts: { ...facts, ...image } });
  }

  return {
    add(pid, time) {
      times.delete(pid);
      if (times.size < CAPACITY) times.set(pid, time);
    },
    completeNext() {
      for (const [pid, time] of times) {
        times.delete(pid);
        complete(pid, time);
        return true;
      }
      return false;
    },
  };
}
