import { createLossGap } from "./loss-gap.ts";
import { lossBytes, type QueuedEvent } from "./queued-event.ts";

/**
 * The events that wait for one client, bounded in number and in memory. At any time: offered = delivered + lost + queued. What is lost is told by
 * `lost` events where it is missing; these are not counted.
 */
export interface ClientQueue {
  /** Events that wait. */
  readonly queued: number;
  readonly delivered: number;
  readonly lost: number;
  /** True where there is nothing to take. */
  readonly isEmpty: boolean;
  /** True where there is enough for a message. */
  readonly isFull: boolean;
  /** Adds an event; the oldest ones make room. The newest one always stays. */
  push(event: QueuedEvent): void;
  /** The next message, of the oldest events. */
  take(): Buffer;
  clear(): void;
}

/** What a queue is made with. */
export interface ClientQueueOptions {
  /** Events. @default 8192 */
  readonly capacity?: number;
  /** @default 8 MiB */
  readonly maxBytes?: number;
  /** Events of one message. @default 512 */
  readonly batchEvents?: number;
  /** Bytes of one message, unless a single event is larger. @default 64 KiB */
  readonly batchBytes?: number;
}

/** What has been taken is cut off when it is this much. */
const TAKEN_LIMIT = 1024;

/** Makes an empty queue. */
export function createClientQueue(options: ClientQueueOptions = {}): ClientQueue {
  const { capacity = 8192, maxBytes = 8 * 1024 * 1024, batchEvents = 512, batchBytes = 64 * 1024 } = options;
  const gap = createLossGap();
  let events: (QueuedEvent | undefined)[] = [];
  /** The index of the oldest. */
  let first = 0;
  let bytes = 0;
  let delivered = 0;
  let lost = 0;

  function shift(): QueuedEvent | undefined {
    const event = events[first];
    if (event === undefined) return undefined;
    events[first++] = undefined;
    bytes -= event.bytes.length;
    if (first >= TAKEN_LIMIT && first * 2 >= events.length) {
      events = events.slice(first);
      first = 0;
    }
    return event;
  }

  function makeRoom(size: number): void {
    while (first < events.length && (events.length - first >= capacity || bytes + size > maxBytes)) {
      const oldest = shift();
      if (oldest === undefined) return;
      lost++;
      gap.add(oldest);
    }
  }

  return {
    get queued() {
      return events.length - first;
    },
    get delivered() {
      return delivered;
    },
    get lost() {
      return lost;
    },
    get isEmpty() {
      return first === events.length && gap.isEmpty;
    },
    get isFull() {
      return events.length - first >= batchEvents || bytes >= batchBytes;
    },
    push(event) {
      makeRoom(event.bytes.length);
      events.push(event);
      bytes += event.bytes.length;
    },
    take() {
      const parts = gap.isEmpty ? [] : gap.takeAll().map(lossBytes);
      let size = 0;
      for (let count = 0; count < batchEvents; count++) {
        const next = events[first];
        if (next === undefined || (count > 0 && size + next.bytes.length > batchBytes)) break;
        shift();
        size += next.bytes.length;
        parts.push(next.bytes);
        delivered++;
      }
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    },
    clear() {
      events = [];
      first = 0;
      bytes = 0;
      gap.takeAll();
    },
  };
}
