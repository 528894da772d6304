import type { MonitorEvent, MonitorEventType } from "../event/monitor-event.ts";
import { createEventGap } from "./event-gap.ts";
import { createEventQueue } from "./event-queue.ts";
import type { EventStream } from "./monitor.ts";
import { createRingBuffer } from "./ring-buffer.ts";

/** Both ends of a stream: the reader has `stream`, the hub has the rest. */
export interface EventFeed {
  readonly stream: EventStream;
  /** Events that wait to be read. */
  readonly queued: number;
  /** True if this reader is to get the event. */
  takes(event: MonitorEvent): boolean;
  /** Hands the event to the reader, at once where it waits. A full queue drops its oldest event. */
  offer(event: MonitorEvent): void;
  /** No more events will come; what is queued can still be read. */
  end(): void;
}

/** What a stream is made with. */
export interface EventFeedOptions {
  /** Undefined means all. `lost` events that concern these types, or unknown ones, come too. */
  readonly types: ReadonlySet<MonitorEventType> | undefined;
  readonly capacity: number;
  readonly signal: AbortSignal | undefined;
  /** A call of `next()` waits (+1), or waits no more (-1). */
  onWaiting(change: 1 | -1): void;
  /** Nothing will be read any more. */
  onClose(): void;
}

type Result = IteratorResult<MonitorEvent>;

const DONE: Result = { done: true, value: undefined };

/**
 * Makes a stream. At any time: events offered = delivered + lost + queued. A gap is told in the stream by `lost` events
 * (source `subscriber`, cause `full`, one for each type) where the events are missing; these are not
 * counted as delivered, and the sum of their counts is `lost`. A reader that leaves drops what is queued: that is nobody's loss.
 */
export function createEventFeed({ types, capacity, signal, onWaiting, onClose }: EventFeedOptions): EventFeed {
  const queue = createEventQueue({
    capacity,
    onDrop(oldest) {
      lost++;
      gap.add(oldest);
    },
  });
  const gap = createEventGap("subscriber", "full");
  const readers = createRingBuffer<(result: Result) => void>();
  let state: "open" | "ending" | "closed" = signal?.aborted ? "closed" : "open";
  let delivered = 0;
  let lost = 0;

  function take(): MonitorEvent | undefined {
    if (!gap.isEmpty) return gap.take();
    const event = queue.shift();
    if (event !== undefined) delivered++;
    return event;
  }

  function dismissReaders(): void {
    for (let reader = readers.shift(); reader !== undefined; reader = readers.shift()) {
      onWaiting(-1);
      reader(DONE);
    }
  }

  function close(): void {
    if (state === "closed") return;
    state = "closed";
    signal?.removeEventListener("abort", close);
    queue.clear();
    gap.clear();
    dismissReaders();
    onClose();
  }

  const stream: EventStream = {
    get delivered() {
      return delivered;
    },
    get lost() {
      return lost;
    },
    next() {
      const value = take();
      if (value !== undefined) return Promise.resolve({ done: false, value });
      if (state === "ending") close();
      if (state === "closed") return Promise.resolve(DONE);
      return new Promise((resolve) => {
        readers.push(resolve);
        onWaiting(1);
      });
    },
    return() {
      close();
      return Promise.resolve(DONE);
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      close();
    },
  };

  if (state === "open") signal?.addEventListener("abort", close, { once: true });

  return {
    stream,
    get queued() {
      return queue.length;
    },
    takes(event) {
      if (types === undefined || types.has(event.type)) return true;
      return event.type === "lost" && (event.eventType === undefined || types.has(event.eventType));
    },
    offer(event) {
      if (state !== "open") return;
      const reader = readers.shift();
      if (reader !== undefined) {
        delivered++;
        onWaiting(-1);
        reader({ done: false, value: event });
        return;
      }
      queue.push(event);
    },
    end() {
      if (state !== "open") return;
      state = "ending";
      dismissReaders();
      if (queue.length === 0 && gap.isEmpty) close();
    },
  };
}
