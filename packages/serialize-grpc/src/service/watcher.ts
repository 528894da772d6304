import { type ClientQueue, type ClientQueueOptions, createClientQueue } from "./client-queue.ts";
import type { QueueMemory } from "./queue-memory.ts";
import type { QueuedEvent } from "./queued-event.ts";

/** One call of Watch: the service has the watcher, the transport its messages. */
export interface Watcher {
  /** Gives the client an event, some time. */
  offer(event: QueuedEvent): void;
  /** No more events will come; what is queued can still be taken. */
  end(): void;
  /** Nothing will be taken any more. */
  close(): void;
  readonly queue: Pick<ClientQueue, "queued" | "bytes" | "delivered" | "lost" | "shrink">;
  readonly messages: AsyncIterableIterator<Buffer>;
}

/** What a watcher is made with. */
export interface WatcherOptions {
  /** The first message, which comes at once. */
  readonly start: Buffer;
  readonly signal: AbortSignal;
  readonly queue?: ClientQueueOptions;
  /** Of all watchers. @default its own */
  readonly memory?: QueueMemory;
  /** Nothing will be taken any more. */
  onClose(): void;
}

type Result = IteratorResult<Buffer>;

const DONE: Result = { done: true, value: undefined };

/** Milliseconds between two messages, unless the first has to make room for more. */
const PAUSE_MS = 5;

/**
 * Makes a watcher. The first event after a pause is sent at once; where many come, they go together in few messages.
 * A message is made when the transport asks for it: until then events wait in the queue.
 */
export function createWatcher({ start, signal, queue: limits, memory, onClose }: WatcherOptions): Watcher {
  const queue = createClientQueue(limits, memory);
  let state: "new" | "open" | "closed" = "new";
  let isEnding = false;
  let reader: ((result: Result) => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let sentAt = Number.NEGATIVE_INFINITY;

  function give(result: Result): void {
    const resolve = reader;
    reader = undefined;
    clearTimeout(timer);
    timer = undefined;
    resolve?.(result);
  }

  function send(): void {
    sentAt = performance.now();
    give({ done: false, value: queue.take() });
  }

  /** Answers the reader, if it is time. */
  function pump(): void {
    if (reader === undefined) return;
    if (queue.isEmpty) {
      if (isEnding) close();
      return;
    }
    if (isEnding || queue.isFull) {
      send();
      return;
    }
    if (timer !== undefined) return;
    const pause = sentAt + PAUSE_MS - performance.now();
    if (pause <= 0) send();
    else timer = setTimeout(send, pause);
  }

  function close(): void {
    if (state === "closed") return;
    state = "closed";
    signal.removeEventListener("abort", close);
    queue.clear();
    give(DONE);
    onClose();
  }

  const messages: AsyncIterableIterator<Buffer> = {
    next() {
      if (state === "closed") return Promise.resolve(DONE);
      if (state === "new") {
        state = "open";
        return Promise.resolve({ done: false, value: start });
      }
      if (reader !== undefined) return Promise.reject(new Error("Only one message can be waited for."));
      return new Promise((resolve) => {
        reader = resolve;
        pump();
      });
    },
    return() {
      close();
      return Promise.resolve(DONE);
    },
    [Symbol.asyncIterator]: () => messages,
  };

  signal.addEventListener("abort", close, { once: true });

  return {
    queue,
    messages,
    offer(event) {
      if (state === "closed" || isEnding) return;
      queue.push(event);
      pump();
    },
    end() {
      isEnding = true;
      pump();
    },
    close,
  };
}
