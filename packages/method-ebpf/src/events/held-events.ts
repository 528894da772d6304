import { type EmittedEvent, type Process, type ProcessIdentity, processKey } from "@procmon/core";
import type { MendTree } from "../processes/cut-trees.ts";

/** What is known of the processes that live, when all are known. */
export interface KnownProcesses {
  readonly mend: MendTree;
  find(identity: ProcessIdentity): Process | undefined;
}

/** Holds back what happens while the method starts, until all processes are known: then it is told with what is known of them. */
export interface HeldEvents {
  emit(event: EmittedEvent): void;
  /** Lets go of what was held back, in its order, and lets everything through from now on. */
  release(known: KnownProcesses): void;
}

/** Makes what holds back. There is no bound but the time that the list of processes takes: less than a second. */
export function createHeldEvents(emit: (event: EmittedEvent) => void): HeldEvents {
  let held: EmittedEvent[] | undefined = [];
  return {
    emit(event) {
      if (held === undefined) emit(event);
      else held.push(event);
    },
    release({ mend, find }) {
      const events = held ?? [];
      held = undefined;
      const execs = events.filter(({ type }) => type === "exec").flatMap(({ process }) => process ?? []);
      const hasRunOther = new Set(execs.map(processKey));

      /** A child of a parent that was not known yet: it still runs what it was forked with, unless it was told to run something else. */
      function completed(process: Process): Process {
        if (process.path !== undefined || hasRunOther.has(processKey(process))) return mend(process);
        return mend(find(process) ?? process);
      }

      for (const event of events) {
        const process = event.process && completed(event.process);
        emit(process === undefined || process === event.process ? event : ({ ...event, process } as EmittedEvent));
      }
    },
  };
}
