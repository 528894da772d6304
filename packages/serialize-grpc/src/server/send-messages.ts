import type { ServerWritableStream } from "@grpc/grpc-js";
import type { Logger } from "@procmon/core";
import { STATUS, statusOf } from "../service/service-error.ts";

/** A call that is answered by a stream of messages, all in bytes. */
export type StreamCall = ServerWritableStream<Buffer, Buffer>;

/**
 * What may be inside grpc-js for one call, and has not been sent: it takes any amount. A message more, since it must be told
 * of the next one.
 */
const MOST_IN_FLIGHT = 256 * 1024;

/** Milliseconds by which a timer may be early. */
const TIMER_SLACK_MS = 2;

/**
 * True where the client's time for the call is up: grpc-js then ends it with the status, by its timer, and a message that is written behind
 * that leaves the stream open for ever.
 */
function isTimeUp(call: StreamCall): boolean {
  return Date.now() >= Number(call.getDeadline()) - TIMER_SLACK_MS;
}

/** Sends messages as fast as the client takes them, and the status in the end. Never rejects. */
export async function sendMessages(
  call: StreamCall,
  messages: (request: Buffer, signal: AbortSignal) => AsyncIterable<Buffer>,
  log: Logger,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  let inFlight = 0;
  let resume: (() => void) | undefined;

  call.on("cancelled", () => {
    controller.abort();
    resume?.();
  });
  if (call.cancelled) return;

  function room(): Promise<void> {
    return new Promise((resolve) => {
      resume = resolve;
    });
  }

  try {
    for await (const message of messages(call.request, signal)) {
      if (isTimeUp(call)) return;
      inFlight += message.length;
      call.write(message, () => {
        inFlight -= message.length;
        if (inFlight <= MOST_IN_FLIGHT) resume?.();
      });
      while (inFlight > MOST_IN_FLIGHT && !signal.aborted) await room();
    }
    call.end();
  } catch (error) {
    const { code, message } = statusOf(error);
    if (code === STATUS.INTERNAL) log.error("A call failed.", { method: call.getPath(), error });
    call.emit("error", { code, details: message });
  }
}
