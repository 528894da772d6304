import type { MethodHost, Process, ProcessIdentity } from "@procmon/core";
import { CAPACITY, MAX_BYTES, weightOf } from "../scan/event-outbox.ts";
import type { ScannedEvent, ScannedProcessEvent } from "../scan/scan-messages.ts";
import { createImageRecords } from "./image-records.ts";

/** Hands the scanner's events to core, without blocking the event loop. */
export interface ProcEvents {
  push(events: readonly ScannedEvent[]): void;
  /** Hands over all that waits, at once, as the scanner saw it. */
  flush(): void;
}

/** Milliseconds of work in one turn of the event loop. */
const TURN_MS = 3;

/** What has been handed over is told in such portions: it is a message each time. */
const TOLD_COUNT = 512;
const TOLD_BYTES = 1024 * 1024;

/** With more than this waiting, processes are taken as they are known: reading them again takes too long. */
const HURRY = 128;

/**
 * Makes the sink of a host.
 *
 * @param onTaken so many events, and bytes of their processes, have been handed over: there is room for as many
 */
export function createProcEvents(host: MethodHost, onTaken: (count: number, bytes: number) => void): ProcEvents {
  let queue: ScannedEvent[] = [];
  let next = 0;
  let bytes = 0;
  let takenCount = 0;
  let takenBytes = 0;
  let turn: NodeJS.Immediate | undefined;
  const records = createImageRecords(host);

  function work(): void {
    turn = undefined;
    const until = performance.now() + TURN_MS;
    while (next < queue.length && performance.now() < until) emitNext(queue.length - next < HURRY);
    tellTaken();
    // Where it never empties, what has been handed over must go all the same.
    if (next === queue.length || next >= CAPACITY) {
      queue = queue.slice(next);
      next = 0;
    }
    if (queue.length > 0) turn = setImmediate(work);
  }

  function tellTaken(): void {
    if (takenCount < TOLD_COUNT && takenBytes < TOLD_BYTES) return;
    onTaken(takenCount, takenBytes);
    takenCount = 0;
    takenBytes = 0;
  }

  function take(weight: number): void {
    takenCount++;
    takenBytes += weight;
  }

  function emitNext(mayRead: boolean): void {
    const event = queue[next++];
    if (event === undefined) return;
    const weight = weightOf(event);
    bytes -= weight;
    take(weight);
    if (event.type === "change") {
      host.processes.update(event.identity, event.facts, event.time);
      return;
    }
    if ("process" in event) {
      const { whole: _, parentStart: __, ...rest } = event;
      host.emit({ ...rest, process: processOf(event, mayRead) });
      return;
    }
    const { ownership } = event;
    const owner = ownership.kind === "process" ? ownership.owners[0] : undefined;
    if (owner && event.type !== "close") host.pids.touch(owner);
    const process = owner && known(owner, mayRead);
    host.emit(process ? { ...event, process } : event);
  }

  function processOf(event: ScannedProcessEvent, mayRead: boolean): Process {
    if (event.type === "exit") return host.processes.get(event.process) ?? event.process;
    return records.complete(event, mayRead);
  }

  function known(identity: ProcessIdentity, mayRead: boolean): Process | undefined {
    const process = mayRead ? host.finder.find(identity.pid) : undefined;
    return process?.startTime === identity.startTime ? process : host.processes.get(identity);
  }

  return {
    // No more than the scanner may send; what comes beyond is counted as lost.
    push(events) {
      for (const event of events) {
        const weight = weightOf(event);
        if (queue.length - next < CAPACITY && bytes + weight <= MAX_BYTES) {
          queue.push(event);
          bytes += weight;
          continue;
        }
        take(weight);
        if (event.type !== "change") host.lost({ source: "proc", cause: "full", eventType: event.type, count: 1 });
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
