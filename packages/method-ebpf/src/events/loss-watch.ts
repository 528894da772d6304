import type { MethodHost, ObservedEventType } from "@procmon/core";
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
export function createLossWatch(host: MethodHost, readCounts: ReadRecordCounts): LossWatch {
  const told = new Map<RecordKind, number>();
  let total = 0;
  return {
    check() {
      let sum = 0;
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
