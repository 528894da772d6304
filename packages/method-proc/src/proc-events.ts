import { type MethodHost, type Process, type ProcessIdentity, processWeight } from "@procmon/core";
import type { ScannedEvent, ScannedProcessEvent } from "./scan-messages.ts";

/** Hands the scanner's events to core, without blocking the event loop. */
export interface ProcEvents {
  push(events: readonly ScannedEvent[]): void;
  /** Hands over all that waits, at once, as the scanner saw it. */
  flush(): void;
}

/** Milliseconds of work in one turn of the event loop. */
const TURN_MS = 3;

/** Events that wait; what comes beyond is counted as lost. */
const CAPACITY = 16_384;

/** Bytes of their processes at most, about. */
const MAX_BYTES = 32 * 1024 * 1024;

/** With more than this waiting, processes are taken as they are known: reading them again takes too long. */
const HURRY = 128;

/** Makes the sink of a host. */
export function createProcEvents(host: MethodHost): ProcEvents {
  let queue: ScannedEvent[] = [];
  let next = 0;
  let bytes = 0;
  let turn: NodeJS.Immediate | undefined;

  function work(): void {
    turn = undefined;
    const until = performance.now() + TURN_MS;
    while (next < queue.length && performance.now() < until) emitNext(queue.length - next < HURRY);
    // Where it never empties, what has been handed over must go all the same.
    if (next === queue.length || next >= CAPACITY) {
      queue = queue.slice(next);
      next = 0;
    }
    if (queue.length > 0) turn = setImmediate(work);
  }

  function emitNext(mayRead: boolean): void {
    const event = queue[next++];
    if (event === undefined) return;
    bytes -= weightOf(event);
    if ("process" in event) {
      host.emit({ ...event, process: processOf(event, mayRead) });
      return;
    }
    const { ownership } = event;
    const owner = ownership.kind === "process" ? ownership.owners[0] : undefined;
    if (owner && event.type !== "close") host.pids.touch(owner);
    const process = owner && known(owner, mayRead);
    host.emit(process ? { ...event, process } : event);
  }

  /** What core knows goes before what the scanner saw: it has the ancestry of parents that have ended. */
  function processOf({ type, process }: ScannedProcessEvent, mayRead: boolean): Process {
    if (type === "exit") return host.processes.get(process) ?? process;
    return (mayRead && known(process, true)) || process;
  }

  function known(identity: ProcessIdentity, mayRead: boolean): Process | undefined {
    const process = mayRead ? host.finder.find(identity.pid) : undefined;
    return process?.startTime === identity.startTime ? process : host.processes.get(identity);
  }

  return {
    push(events) {
      for (const event of events) {
        const weight = weightOf(event);
        if (queue.length - next < CAPACITY && bytes + weight <= MAX_BYTES) {
          queue.push(event);
          bytes += weight;
        } else host.lost({ source: "proc", cause: "full", eventType: event.type, count: 1 });
      }
      turn ??= setImmediate(work);
    },
    flush() {
      clearImmediate(turn);
      turn = undefined;
      while (next < queue.length) emitNext(false);
      queue = [];
      next = 0;
    },
  };
}

/** Of connections, only the number is bounded: nobody can make one large. */
function weightOf(event: ScannedEvent): number {
  return "process" in event ? processWeight(event.process) : 0;
}
