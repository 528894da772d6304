import type { MonitorEvent } from "@procmon/core";

/** What has come of a sequence of events. */
export interface SequenceReport {
  /** The number of the first event, and of the latest; 0 where there is none. */
  readonly first: number;
  readonly last: number;
  readonly received: number;
  /** Events that are missing, by what `lost` events told. */
  readonly lost: number;
  /** Events that were neither received nor told as lost in their place, or came twice, or not in order: at how many places. */
  readonly wrong: number;
}

/** Checks events of which each is the exec of a process whose pid is one more than that of the one before. */
export interface Sequence {
  see(event: MonitorEvent): void;
  report(): SequenceReport;
}

/** Begins with any number. */
export function createSequence(): Sequence {
  let [first, last, received, lost, missing, wrong] = [0, 0, 0, 0, 0, 0];

  return {
    see(event) {
      if (event.type === "lost") {
        lost += event.count;
        missing += event.count;
      }
      if (event.type !== "exec") return;
      const { pid } = event.process;
      if (first === 0) first = pid - missing;
      else if (pid !== last + missing + 1) wrong++;
      missing = 0;
      last = pid;
      received++;
    },
    report: () => ({ first, last, received, lost, wrong }),
  };
}
