import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A connection on which a test says what it likes. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  readonly isClosed: boolean;
  /** Bytes that the server sent. */
  readonly heard: number;
  /** Says it again and again, until this much has been said or the server has closed. Gives the bytes that were said. */
  repeat(said: Buffer | (() => Buffer), bytes: number): Promise<number>;
  /** Whether the server closes within so many milliseconds. */
  closes(withinMs: number): Promise<boolean>;
  /** Waits until the server has sent so many bytes, or closes. */
  hears(bytes: number): Promise<void>;
}

/** Connects one. */
export async function openRaw(path: string, { reads = true }: { readonly reads?: boolean } = {}): Promise<RawClient> {
  const socket = connect(path);
  let heard = 0;
  let isClosed = false;
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
  });
  if (reads) {
    socket.on("data", ({ length }) => {
      heard += length;
    });
  }
  await Promise.race([once(socket, "connect"), once(socket, "close")]);

  return {
    socket,
    get isClosed() {
      return isClosed;
    },
    get heard() {
      return heard;
    },
    async repeat(said, bytes) {
      let sent = 0;
      while (sent < bytes && !isClosed && socket.writable) {
        const part = typeof said === "function" ? said() : said;
        sent += part.length;
        if (socket.write(part)) continue;
        // A server that does not take it is not waited for without end.
        const isTaken = await Promise.race([
          once(socket, "drain").then(() => true),
          once(socket, "close").then(() => false),
          sleep(2000, false),
        ]).catch(() => false);
        if (!isTaken) break;
      }
      return sent;
    },
    async closes(withinMs) {
      if (!isClosed) await Promise.race([once(socket, "close"), sleep(withinMs)]);
      return isClosed;
    },
    async hears(bytes) {
      while (heard < bytes && !isClosed) await Promise.race([once(socket, "data"), once(socket, "close")]);
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
