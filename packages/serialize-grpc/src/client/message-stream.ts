import { type ClientReadableStream, status } from "@grpc/grpc-js";
import type { ProcmonError } from "@procmon/core";
import type { CallOutcome } from "./call-error.ts";

/** The answers to one call, as bytes. */
export interface MessageStream {
  /** The reader wanted no more, before the call had ended by itself. */
  readonly isClosed: boolean;
  /** All messages have been read, and the call succeeded. */
  readonly isComplete: boolean;
  /**
   * The next message; undefined at the end, and after `close`. Not to be called again before it has answered.
   *
   * @throws ProcmonError where the call failed.
   */
  next(): Promise<Buffer | undefined>;
  /** Ends the call. A `next()` that waits gives undefined. */
  close(): void;
}

/** What a stream is made with. */
export interface MessageStreamOptions {
  readonly call: ClientReadableStream<Buffer>;
  /** Milliseconds in which the first message must come; undefined is any time. */
  readonly firstWithinMs: number | undefined;
  /** The error of a call that ended so; undefined where nobody knows how it ended. */
  explain(outcome: CallOutcome | undefined): ProcmonError;
  /** Called once. */
  onEnd(): void;
}

const LATE = { code: status.DEADLINE_EXCEEDED, details: "No message came." };

/**
 * Makes a stream of a call. gRPC-js reads sixteen messages ahead at the most and then stops to read, so that a slow reader is felt
 * by the server.
 */
export function createMessageStream({ call, firstWithinMs, explain, onEnd }: MessageStreamOptions): MessageStream {
  let outcome: CallOutcome | undefined;
  let hasEnded = false;
  let isClosed = false;
  let isComplete = false;
  const timer = firstWithinMs === undefined ? undefined : setTimeout(giveUp, firstWithinMs);
  // The iterator misses an error that comes before it begins, so the status decides.
  call.on("error", () => {});
  call.on("status", (final) => {
    clearTimeout(timer);
    outcome ??= final;
  });
  const messages = call[Symbol.asyncIterator]();

  function giveUp(): void {
    outcome ??= LATE;
    call.cancel();
  }

  function end(): void {
    hasEnded = true;
    onEnd();
  }

  return {
    get isClosed() {
      return isClosed;
    },
    get isComplete() {
      return isComplete;
    },
    async next() {
      if (hasEnded) return undefined;
      const result = await messages.next().catch(() => undefined);
      clearTimeout(timer);
      if (isClosed) return undefined;
      if (result !== undefined && !result.done) return result.value;
      end();
      isComplete = outcome?.code === status.OK;
      if (isComplete) return undefined;
      throw explain(outcome);
    },
    close() {
      if (hasEnded) return;
      isClosed = true;
      end();
      call.cancel();
    },
  };
}
