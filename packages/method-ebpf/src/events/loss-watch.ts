import type { MethodHost, ObservedEventType } from "@procmon/core";
import type { ReadMissedRuns } from "../kernel/missed-runs.ts";
import type { ReadRecordCounts } from "../kernel/record-counts.ts";
import type { RecordKind } from "../records/record-head.ts";

/** Tells of records that found no room. */
export interface LossWatch {
  /** Looks at the counts, and tells what has been lost since the last look. Returns how many records that are. */
  check(): number;
  /** All that has been lost. */
  readonly total: number;
}

/** The events that are missing with a record: with a socket, the ends of its flows. */
const TYPES: Readonly<Record<RecordKind, ObservedEventType>> = {
  exec: "exec",
  fork: "fork",
  exit: "exit",
  connect: "connect",
  accept: "accept",
  listen: "listen",
  close: "close",
  flow: "flow",
  release: "close",
};

/** Makes a watch that has not looked yet. */
export function createLossWatch(host: MethodHost, readCounts: ReadRecordCounts, readMissed: ReadMissedRuns): LossWatch {
  const told = new Map<RecordKind, number>();
  let toldMissed = 0;
  let total = 0;

  function checkMissed(): number {
    const count = readMissed() - toldMissed;
    if (count <= 0) return 0;
    toldMissed += count;
    host.lost({ source: "hook", cause: "recursion", count });
    return count;
  }

  return {
    check() {
      let sum = checkMissed();
      for (const [kind, { lost }] of readCounts()) {
        const count = lost - (told.get(kind) ?? 0);
        if (count <= 0) continue;
        told.set(kind, lost);
        sum += count;
        host.lost({ source: "ring", cause: "full", eventType: TYPES[kind], count });
      }
      total += sum;
      return sum;
    },
    get total() {
      return total;
    },
  };
}
