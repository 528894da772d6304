import type { QueuedEvent } from "./queued-event.ts";

/** Memory that is given back as a whole: a pool of Node.js (`Buffer.poolSize`) with many small events, or that of one event alone. */
export interface EventMemory {
  readonly buffer: ArrayBufferLike | undefined;
  readonly bytes: number;
  /** How many events in it wait. */
  events: number;
}

/** The memory of all events that wait, for whomever. One that waits for many clients is there once, and counts once. */
export interface QueueMemory {
  /** Bytes that the events keep in memory. */
  readonly bytes: number;
  /** One more queue has the event. */
  hold(event: QueuedEvent): void;
  /** One queue has it no more. */
  release(event: QueuedEvent): void;
  /** Gives an event that is held memory of its own, so that a pool does not stay because of it. */
  separate(event: QueuedEvent): void;
}

/** Makes a count of nothing. */
export function createQueueMemory(): QueueMemory {
  let bytes = 0;
  /** One pool follows the other. */
  let pool: EventMemory = { buffer: undefined, bytes: 0, events: 0 };

  function memoryOf({ bytes: { buffer, length } }: QueuedEvent): EventMemory {
    if (buffer === pool.buffer) return pool;
    const memory = { buffer, bytes: buffer.byteLength, events: 0 };
    if (buffer.byteLength > length) pool = memory;
    return memory;
  }

  function add(memory: EventMemory): void {
    if (memory.events++ === 0) bytes += memory.bytes;
  }

  function remove(memory: EventMemory | undefined): void {
    if (memory !== undefined && --memory.events === 0) bytes -= memory.bytes;
  }

  return {
    get bytes() {
      return bytes;
    },
    hold(event) {
      if (event.queues++ > 0) return;
      event.memory = memoryOf(event);
      add(event.memory);
    },
    release(event) {
      if (--event.queues > 0) return;
      remove(event.memory);
      event.memory = undefined;
    },
    separate(event) {
      if (event.bytes.buffer.byteLength === event.bytes.length) return;
      const own = Buffer.allocUnsafeSlow(event.bytes.length);
      event.bytes.copy(own);
      event.bytes = own;
      remove(event.memory);
      event.memory = memoryOf(event);
      add(event.memory);
    },
  };
}
