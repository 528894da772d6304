import { create, toBinary } from "@bufbuild/protobuf";
import type { Snapshot } from "@procmon/core";
import { SnapshotResponseSchema } from "../generated/procmon/v1/service_pb.js";
import { encodeSocket } from "../procmon-v1/encode-socket.ts";
import { type Lookup, unlessAborted } from "./lookups.ts";
import { asField } from "./queued-event.ts";

/** What the messages are made with. */
export interface SnapshotMessagesOptions {
  /** The place that is given back once nothing more is to be sent. */
  readonly lookup: Lookup;
  /** Of the client. */
  readonly signal: AbortSignal;
  /** Takes the snapshot. */
  take(signal: AbortSignal): Promise<Snapshot>;
}

/** Sockets of one message. */
const MOST_SOCKETS = 1000;
/** Bytes of one message, unless a single socket is larger. */
const MOST_BYTES = 256 * 1024;
/** SnapshotResponse.sockets */
const SOCKETS = 2;

const DONE: IteratorResult<Buffer> = { done: true, value: undefined };

/**
 * A snapshot in messages, each of them made when it is asked for. The snapshot is given up when the time of its lookup is over, also
 * where the client takes no more messages.
 */
export function snapshotMessages({ lookup, signal, take }: SnapshotMessagesOptions): AsyncIterableIterator<Buffer> {
  const controller = new AbortController();
  let taking: Promise<Snapshot> | undefined;
  let snapshot: Snapshot | undefined;
  let sent = -1;

  const giveUp = (): void => finish(lookup.signal.reason);
  const leave = (): void => finish();
  lookup.signal.addEventListener("abort", giveUp, { once: true });
  signal.addEventListener("abort", leave, { once: true });
  if (lookup.signal.aborted) giveUp();
  else if (signal.aborted) leave();

  function finish(reason?: unknown): void {
    if (controller.signal.aborted) return;
    controller.abort(reason ?? DONE);
    snapshot = undefined;
    lookup.signal.removeEventListener("abort", giveUp);
    signal.removeEventListener("abort", leave);
    // What still looks for sockets has its place until it has ended.
    if (taking === undefined) lookup.end();
    else taking.then(lookup.end, lookup.end);
  }

  function nextMessage({ method, visibility, sockets }: Snapshot): Buffer | undefined {
    if (sent < 0) {
      sent = 0;
      const start = { method, visibility: { ...visibility, hiddenBy: [...visibility.hiddenBy] } };
      return Buffer.from(toBinary(SnapshotResponseSchema, create(SnapshotResponseSchema, { start })));
    }
    const parts: Buffer[] = [];
    for (let size = 0; parts.length < MOST_SOCKETS; sent++) {
      const socket = sockets[sent];
      if (socket === undefined) break;
      const part = asField(SOCKETS, encodeSocket(socket));
      if (parts.length > 0 && size + part.length > MOST_BYTES) break;
      size += part.length;
      parts.push(part);
    }
    return parts.length === 0 ? undefined : Buffer.concat(parts);
  }

  async function next(): Promise<IteratorResult<Buffer>> {
    const { signal: over } = controller;
    try {
      over.throwIfAborted();
      if (taking === undefined) {
        // A method may list all sockets without ever waiting: a call that is cancelled already must not cost that.
        await new Promise((resolve) => setImmediate(resolve));
        over.throwIfAborted();
      }
      taking ??= take(over);
      snapshot ??= await unlessAborted(over, taking);
      const value = nextMessage(snapshot);
      if (value !== undefined) return { done: false, value };
      finish();
      return DONE;
    } catch (error) {
      if (error === DONE) return DONE;
      finish(error);
      throw error;
    }
  }

  const messages: AsyncIterableIterator<Buffer> = {
    next,
    async return() {
      finish();
      return DONE;
    },
    [Symbol.asyncIterator]: () => messages,
  };
  return messages;
}
