import type { Loss } from "@procmon/core";
import type { ScannedEvent } from "../scan/scan-messages.ts";

/** Tells what was lost. */
export interface LossAccount {
  /** The kernel had no room for so many, of whatever kind. */
  onDropped(count: number): void;
  /** All processes are known as of this time; what ended before is nobody's concern. */
  onSeeded(time: bigint): void;
  /** These were made of what `/proc` shows, in place of what was dropped. */
  onMade(events: readonly ScannedEvent[]): void;
  /** An event has come of a process of which nothing is known but its pid: its beginning was dropped. */
  onUnknown(pid: number, type: "exec" | "exit", time: bigint): void;
}

const SOURCE = "proc-connector";

/** Makes an account. */
export function createLossAccount(lost: (loss: Loss) => void): LossAccount {
  /** Processes whose end was made: the kernel's word of it may be on its way still. */
  let ended = new Set<number>();
  let seededAt = 0n;

  return {
    onDropped: (count) => lost({ source: SOURCE, cause: "overrun", count }),
    onSeeded(time) {
      seededAt = time;
      ended.clear();
    },
    onMade(events) {
      ended = new Set(events.flatMap((event) => (event.type === "exit" ? [event.process.pid] : [])));
    },
    onUnknown(pid, type, time) {
      if (time <= seededAt || (type === "exit" && ended.delete(pid))) return;
      lost({ source: SOURCE, cause: "unidentified", eventType: type, count: 1 });
    },
  };
}
