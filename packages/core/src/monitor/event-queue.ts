import type { MonitorEvent } from "../event/monitor-event.ts";
import { processWeight } from "../process/process-weight.ts";
import { createRingBuffer } from "./ring-buffer.ts";

/** Bytes that one queue holds at most, about: processes decide how long their arguments are. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What an event takes without its process. */
const EVENT_BYTES = 512;

/** Events that wait, bounded in number and in memory. */
export interface EventQueue {
  readonly length: number;
  /** Adds an event; the oldest ones make room, each of them given to `onDrop`. The newest one always stays. */
  push(event: MonitorEvent): void;
  /** The oldest, taken out. */
  shift(): MonitorEvent | undefined;
  clear(): void;
}

/** What a queue is made with. */
export interface EventQueueOptions {
  readonly capacity: number;
  /** @default 64 MiB */
  readonly maxBytes?: number;
  onDrop(event: MonitorEvent): void;
}

/** Makes an empty queue. */
export function createEventQueue({ capacity, maxBytes = MAX_BYTES, onDrop }: EventQueueOptions): EventQueue {
  const events = createRingBuffer<MonitorEvent>();
  const weights = createRingBuffer<number>();
  let bytes = 0;

  function shift(): MonitorEvent | undefined {
    bytes -= weights.shift() ?? 0;
    return events.shift();
  }

  return {
    get length() {
      return events.length;
    },
    push(event) {
      const weight = weightOf(event);
      while (events.length > 0 && (events.length >= capacity || bytes + weight > maxBytes)) {
        const oldest = shift();
        if (oldest !== undefined) onDrop(oldest);
      }
      bytes += weight;
      events.push(event);
      weights.push(weight);
    },
    shift,
    clear() {
      events.clear();
      weights.clear();
      bytes = 0;
    },
  };
}

function weightOf(event: MonitorEvent): number {
  const process = "process" in event ? event.process : undefined;
  return process === undefined ? EVENT_BYTES : EVENT_BYTES + processWeight(process);
}
