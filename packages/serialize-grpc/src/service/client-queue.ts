import { joined } from "./event-pool.ts";
import { createLossGap } from "./loss-gap.ts";
import { createQueueMemory, type EventMemory, type QueueMemory } from "./queue-memory.ts";
import { lossBytes, type QueuedEvent } from "./queued-event.ts";

/**
 * The events that wait for one client, bounded in number and in memory. At any time: offered = delivered + lost + queued. What is lost is told by
 * `lost` events where it is missing; these are not counted.
 */
export interface ClientQueue {
  /** Events that wait. */
  readonly queued: number;
  /** Their bytes. */
  readonly bytes: number;
  readonly delivered: number;
  readonly lost: number;
  /** True where there is nothing to take. */
  readonly isEmpty: boolean;
  /** True where there is enough for a message. */
  readonly isFull: boolean;
  /** Adds an event; the oldest ones make room. The newest one always stays. */
  push(event: QueuedEvent): void;
  /** Drops the oldest events until no more than that many bytes are left. The newest one always stays. */
  shrink(maxBytes: number): void;
  /** The next message, of the oldest events. */
  take(): Buffer;
  clear(): void;
}

/** What waits for one client: half a second of 60,000 events each second. */
export interface ClientQueueOptions {
  /** Events. @default 32768 */
  readonly capacity?: number;
  /** An event that waits for many clients is in memory once. @default 32 MiB */
  readonly maxBytes?: number;
  /** Events of one message. @default 512 */
  readonly batchEvents?: number;
  /** Bytes of one message, unless a single event is larger. @default 64 KiB */
  readonly batchBytes?: number;
}

/** What has been taken is cut off when it is this much. */
const TAKEN_LIMIT = 1024;
/** Where more events than this wait, they may wait for long. */
const SOON_OVER = 512;
/** Of so many bytes of a pool, one event is copied out of it before others are left where they are: those are many, or few pools. */
const BYTES_PER_COPY = 8192;

/** Makes an empty queue, of those that share a memory. */
export function createClientQueue(
  options: ClientQueueOptions = {},
  memory: QueueMemory = createQueueMemory(),
): ClientQueue {
  const { capacity = 32_768, maxBytes = 32 * 1024 * 1024, batchEvents = 512, batchBytes = 64 * 1024 } = options;
  const gap = createLossGap();
  let events: (QueuedEvent | undefined)[] = [];
  /** The index of the oldest. */
  let first = 0;
  let bytes = 0;
  /** The last one that an event came in, and how many have been copied out of it. */
  let pool: EventMemory | undefined;
  let copies = 0;
  let delivered = 0;
  let lost = 0;

  function shift(): QueuedEvent | undefined {
    const event = events[first];
    if (event === undefined) return undefined;
    events[first++] = undefined;
    bytes -= event.bytes.length;
    memory.release(event);
    if (first >= TAKEN_LIMIT && first * 2 >= events.length) {
      events = events.slice(first);
      first = 0;
    }
    return event;
  }

  /** A few events must not keep whole pools in memory; where most events are for this client, nearly all stay in theirs, which costs less. */
  function settle(event: QueuedEvent): void {
    const { memory: home } = event;
    if (home !== pool) copies = 0;
    pool = home;
    if (home !== undefined && copies++ * BYTES_PER_COPY < home.bytes) memory.separate(event);
  }

  function drop(): void {
    const oldest = shift();
    if (oldest === undefined) return;
    lost++;
    gap.add(oldest);
  }

  function makeRoom(size: number): void {
    while (first < events.length && (events.length - first >= capacity || bytes + size > maxBytes)) drop();
  }

  return {
    get queued() {
      return events.length - first;
    },
    get bytes() {
      return bytes;
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
      memory.hold(event);
      if (events.length - first > SOON_OVER) settle(event);
    },
    shrink(most) {
      while (events.length - first > 1 && bytes > most) drop();
    },
    take() {
      const parts = gap.isEmpty ? [] : gap.takeAll().map(lossBytes);
      let size = 0;
      for (let count = 0; count < batchEvents; count++) {
        const next = events[first];
        if (next === undefined || (count > 0 && size + next.bytes.length > batchBytes)) break;
        // What is in one piece of memory goes out without a copy.
        if (size > batchBytes / 2 && parts.at(-1)?.buffer !== next.bytes.buffer) break;
        shift();
        size += next.bytes.length;
        parts.push(next.bytes);
        delivered++;
      }
      return joined(parts);
    },
    clear() {
      for (const event of events) if (event !== undefined) memory.release(event);
      events = [];
      pool = undefined;
      first = 0;
      bytes = 0;
      gap.takeAll();
    },
  };
}
