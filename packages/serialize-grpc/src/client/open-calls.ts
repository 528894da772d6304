import { type Client, Metadata, status } from "@grpc/grpc-js";
import { ProcmonError } from "@procmon/core";
import { type CallOutcome, callError, type MethodName } from "./call-error.ts";
import { createMessageStream, type MessageStream } from "./message-stream.ts";

/** Calls on one channel. */
export interface OpenCalls {
  /**
   * One answer to one request.
   *
   * @throws ProcmonError where the call failed; `undefinedFor` is the gRPC status that is no failure, but undefined.
   * The reason of the signal when that is aborted.
   */
  ask(method: MethodName, request: Uint8Array, limits: CallLimits, undefinedFor?: number): Promise<Buffer | undefined>;
  /** Many answers to one request. Closed, without an error, when the signal is aborted. */
  stream(method: MethodName, request: Uint8Array, limits: CallLimits): MessageStream;
  /** Ends all calls and closes the connection. Idempotent. */
  close(): void;
}

/** When a call ends that has not ended by itself. */
export interface CallLimits {
  readonly signal: AbortSignal | undefined;
  /** In milliseconds; undefined is never. */
  readonly timeoutMs: number | undefined;
  /** Milliseconds in which the first of many answers must come. */
  readonly firstWithinMs?: number;
}

const CLOSED_STREAM: MessageStream = { isClosed: true, isComplete: false, next: async () => undefined, close() {} };

/**
 * Makes one without calls.
 *
 * @param connect makes a channel; once now, and anew after the service was not there.
 * @param address for errors.
 */
export function createOpenCalls(connect: () => Client, address: string): OpenCalls {
  let client = connect();
  let isLost = false;
  /** Each ends a call. */
  const running = new Set<() => void>();
  let isClosed = false;

  /**
   * A channel that has found nobody waits before it looks again, and until then tells each call what it found. The next call is to
   * look itself.
   */
  function channel(): Client {
    if (isLost && running.size === 0) {
      client.close();
      client = connect();
      isLost = false;
    }
    return client;
  }

  function failed(method: MethodName, outcome: CallOutcome | undefined): ProcmonError {
    if (outcome?.code === status.UNAVAILABLE) isLost = true;
    return callError(method, address, outcome);
  }

  function track(cancel: () => void, signal: AbortSignal | undefined): () => void {
    running.add(cancel);
    signal?.addEventListener("abort", cancel, { once: true });
    return () => {
      running.delete(cancel);
      signal?.removeEventListener("abort", cancel);
    };
  }

  return {
    ask(method, request, { signal, timeoutMs }, undefinedFor) {
      return new Promise((resolve, reject) => {
        if (isClosed) throw closedError();
        signal?.throwIfAborted();
        const call = channel().makeUnaryRequest(
          pathOf(method),
          identity,
          identity,
          Buffer.from(request),
          new Metadata(),
          deadlineIn(timeoutMs),
          (error, response) => {
            forget();
            if (signal?.aborted) reject(signal.reason);
            else if (isClosed) reject(closedError());
            else if (error === null) resolve(response);
            else if (error.code === undefinedFor) resolve(undefined);
            else reject(failed(method, error));
          },
        );
        const forget = track(() => call.cancel(), signal);
      });
    },
    stream(method, request, { signal, timeoutMs, firstWithinMs }) {
      if (isClosed) throw closedError();
      if (signal?.aborted) return CLOSED_STREAM;
      const call = channel().makeServerStreamRequest(
        pathOf(method),
        identity,
        identity,
        Buffer.from(request),
        new Metadata(),
        deadlineIn(timeoutMs),
      );
      const stream = createMessageStream({
        call,
        firstWithinMs,
        explain: (outcome) => failed(method, outcome),
        onEnd: () => forget(),
      });
      const forget = track(stream.close, signal);
      return stream;
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      for (const cancel of running) cancel();
      client.close();
    },
  };
}

function pathOf(method: MethodName): string {
  return `/procmon.v1.Procmon/${method}`;
}

function deadlineIn(timeoutMs: number | undefined): { deadline?: number } {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}

/** The error of a call that `close` has ended. */
export function closedError(): ProcmonError {
  return new ProcmonError({
    code: "SERVICE_UNAVAILABLE",
    message: "This client has been closed.",
    remedy: "Connect again.",
  });
}
