import { type Loss, type ObservedEventType, processWeight } from "@procmon/core";
import type { ScannedEvent, ScanReply } from "./scan-messages.ts";

/** Sends events to the thread that asked for them, no more than it takes. */
export interface EventOutbox {
  /** What there is no room for is counted, and told as lost once there is room again. */
  push(events: readonly ScannedEvent[]): void;
  /** So many have been taken. */
  taken(count: number, bytes: number): void;
  /** Whether events go out, or wait for somebody who wants them. */
  setLive(live: boolean): void;
  /** True while as much is on its way as is to be: who can wait waits. */
  readonly isFull: boolean;
  /** Forgets what waits. */
  clear(): void;
}

/** Events in one message. */
const BATCH = 64;

/** Events on their way at most: that wait here, or there, and have not been taken. */
export const CAPACITY = 16_384;

/** Bytes of their processes at most, about. */
export const MAX_BYTES: number = 32 * 1024 * 1024;

/** The part of both beyond which who can wait is to wait. */
const ENOUGH = 1 / 4;

/** Makes an outbox that sends at once. */
export function createEventOutbox(post: (reply: ScanReply) => void): EventOutbox {
  const lost = new Map<ObservedEventType, number>();
  let waiting: ScannedEvent[] = [];
  let count = 0;
  let bytes = 0;
  let isLive = true;

  function send(): void {
    for (const [eventType, count] of lost) {
      const loss: Loss = { source: "proc", cause: "full", eventType, count };
      post({ type: "lost", loss });
    }
    lost.clear();
    for (let at = 0; at < waiting.length; at += BATCH) {
      post({ type: "events", events: waiting.slice(at, at + BATCH) });
    }
    waiting = [];
  }

  return {
    get isFull() {
      return count > CAPACITY * ENOUGH || bytes > MAX_BYTES * ENOUGH;
    },
    push(events) {
      let isFull = false;
      for (const event of events) {
        const weight = weightOf(event);
        if (count < CAPACITY && bytes + weight <= MAX_BYTES) {
          waiting.push(event);
          count++;
          bytes += weight;
          continue;
        }
        isFull = true;
        if (event.type !== "change") lost.set(event.type, (lost.get(event.type) ?? 0) + 1);
      }
      if (isLive && (!isFull || waiting.length > 0)) send();
    },
    taken(takenCount, takenBytes) {
      count -= takenCount;
      bytes -= takenBytes;
      if (isLive && lost.size > 0) send();
    },
    setLive(live) {
      isLive = live;
      if (live) send();
    },
    clear() {
      for (const event of waiting) bytes -= weightOf(event);
      count -= waiting.length;
      waiting = [];
      lost.clear();
    },
  };
}

/** Of connections, only the number is bounded: nobody can make one large. */
export function weightOf(event: ScannedEvent): number {
  return "process" in event ? processWeight(event.process) : 0;
}
