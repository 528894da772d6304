import type { MonitorEvent } from "@procmon/core";
import { decodeEvent } from "../procmon-v1/decode-event.ts";
import { decodeText } from "../text/utf8-text.ts";
import { invalidMessage } from "../wire/invalid-message.ts";
import { createWireReader } from "../wire/wire-reader.ts";
import type { MessageStream } from "./message-stream.ts";

/**
 * The events of one watch. Ends when the service or its monitor is stopped, when the signal is aborted, the loop is left or the client is
 * closed; the last three at once and without an error. Where the service is lost, `next()` throws.
 */
export interface WatchStream extends AsyncIterableIterator<MonitorEvent>, AsyncDisposable {
  /**
   * The service has begun: from now on nothing is missed uncounted. Gives the name of the method that runs; undefined where
   * the stream was ended before. Rejects as `next()` throws.
   */
  readonly ready: Promise<string | undefined>;
  /** @throws ProcmonError `SERVICE_UNAVAILABLE`, `NOT_SUPPORTED`, `INVALID_OPTION`, `INVALID_MESSAGE` */
  next(): Promise<IteratorResult<MonitorEvent>>;
  return(): Promise<IteratorResult<MonitorEvent>>;
}

/** In procmon.v1.WatchResponse. */
const START = 1;
const EVENTS = 2;

/** Makes the stream of a call of Watch. Only its first message, which has no events, is read before it is asked for. */
export function createWatchStream(messages: MessageStream): WatchStream {
  const first = messages.next();
  const ready = first.then((message) => (message === undefined ? undefined : readStart(message)));
  // Who does not look at `ready` gets the error from `next()`.
  ready.catch(() => {});

  async function* read(): AsyncGenerator<MonitorEvent, undefined> {
    try {
      await ready;
      for (let message = await first; message !== undefined; message = await messages.next()) {
        for (const bytes of eventsOf(message)) {
          const event = decodeEvent(bytes);
          if (event !== undefined) yield event;
        }
      }
      return undefined;
    } finally {
      messages.close();
    }
  }

  const events = read();
  const stream: WatchStream = {
    ready,
    async next() {
      // A generator that waits at an event goes on first, and would end only then.
      return messages.isClosed ? events.return(undefined) : events.next();
    },
    async return() {
      messages.close();
      return events.return(undefined);
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await stream.return();
    },
  };
  return stream;
}

function readStart(message: Uint8Array): string {
  const reader = createWireReader(message, decodeText);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === START) return readMethod(reader.bytes());
    reader.skip();
  }
  throw invalidMessage("the first one does not begin a watch");
}

function readMethod(start: Uint8Array): string {
  const reader = createWireReader(start, decodeText);
  let method = "";
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) method = reader.text();
    else reader.skip();
  }
  return method;
}

function* eventsOf(message: Uint8Array): Generator<Uint8Array, void> {
  const reader = createWireReader(message, decodeText);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === EVENTS) yield reader.bytes();
    else reader.skip();
  }
}
