import { clipProcess, processWeight } from "@procmon/core";
import type { ConnectionEvent } from "./connection-event.ts";

/** The connections that the UI has not been told of yet. */
export interface RecentEvents {
  readonly length: number;
  /** The oldest make room where it is full. One that is no such event is dropped. */
  push(event: ConnectionEvent): void;
  /** The oldest, taken out: as many as one message takes. */
  take(): EventBatch;
  /** A batch did not arrive: its events stand in front again, as far as there is room. */
  giveBack(batch: EventBatch): void;
}

/** What goes into one message. */
export interface EventBatch {
  readonly events: readonly ConnectionEvent[];
  /** Each of `events`, encoded. */
  readonly encoded: readonly Uint8Array[];
}

/** What a queue is made with. */
export interface RecentEventsOptions {
  /** Events at most. */
  readonly capacity: number;
  encode(event: ConnectionEvent): Uint8Array;
  /** So many events had to make room, or could not be encoded. */
  onDrop(count: number): void;
}

/** Bytes in memory, about: processes decide how long their arguments are. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Of a process that weighs more, the large parts are left out. */
const LARGE_PROCESS = 64 * 1024;
/** What an event takes without its process. */
const EVENT_BYTES = 512;
/** Bytes of events in one message: a server takes no more than 4 MiB, if nobody has told it otherwise. */
const MESSAGE_BYTES = 1024 * 1024;

/** Makes an empty queue. Any event = taken, dropped or waiting, always. Events are encoded only when they are taken. */
export function createRecentEvents({ capacity, encode, onDrop }: RecentEventsOptions): RecentEvents {
  let events: (ConnectionEvent | undefined)[] = [];
  let first = 0;
  let bytes = 0;

  /** What has been taken from the front is cut off now and then, not each time. */
  function shift(): ConnectionEvent | undefined {
    const event = events[first];
    if (event === undefined) return undefined;
    bytes -= weightOf(event);
    // It is not to be kept in memory until it is cut off.
    events[first++] = undefined;
    if (first > capacity) {
      events = events.slice(first);
      first = 0;
    }
    return event;
  }

  return {
    get length() {
      return events.length - first;
    },
    push(event) {
      const small = attempt(() => clip(event));
      if (small === undefined) return onDrop(1);
      const weight = weightOf(small);
      while (events.length > first && (events.length - first >= capacity || bytes + weight > MAX_BYTES)) {
        shift();
        onDrop(1);
      }
      events.push(small);
      bytes += weight;
    },
    take() {
      const taken: ConnectionEvent[] = [];
      const encoded: Uint8Array[] = [];
      let size = 0;
      while (events.length > first && size < MESSAGE_BYTES) {
        const event = shift();
        if (event === undefined) break;
        const message = attempt(() => encode(event));
        if (message === undefined) {
          onDrop(1);
          continue;
        }
        size += message.length;
        taken.push(event);
        encoded.push(message);
      }
      return { events: taken, encoded };
    },
    giveBack(batch) {
      const waiting = events.slice(first);
      const back: ConnectionEvent[] = [];
      // The newest first: the oldest are those that make room.
      for (const event of batch.events.toReversed()) {
        const weight = weightOf(event);
        if (waiting.length + back.length >= capacity || bytes + weight > MAX_BYTES) break;
        bytes += weight;
        back.push(event);
      }
      onDrop(batch.events.length - back.length);
      events = [...back.reverse(), ...waiting];
      first = 0;
    },
  };
}

/** What a method tells of a process may be of any type, but for its pid, its start time and its comm: core looks at no more. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function clip(event: ConnectionEvent): ConnectionEvent {
  const { process } = event;
  if (process === undefined || processWeight(process) <= LARGE_PROCESS) return event;
  return { ...event, process: clipProcess(process) };
}

function weightOf({ process }: ConnectionEvent): number {
  return EVENT_BYTES + (process === undefined ? 0 : processWeight(process));
}
