import { once } from "node:events";
import type { Writable } from "node:stream";

/** Where data goes. */
export interface Output {
  /** Resolves when there is room for more, or nobody reads any more. */
  write(text: string): Promise<void>;
  /** Aborted when the reader has gone (EPIPE). */
  readonly closed: AbortSignal;
}

/** Wraps a stream, so that a slow reader slows the writer, and one that has gone ends it quietly. */
export function createOutput(stream: Writable, onFailure: (error: Error) => void): Output {
  const closed = new AbortController();
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") closed.abort();
    else onFailure(error);
  });
  return {
    closed: closed.signal,
    async write(text) {
      if (closed.signal.aborted || stream.write(text)) return;
      await once(stream, "drain", { signal: closed.signal }).catch(() => undefined);
    },
  };
}
