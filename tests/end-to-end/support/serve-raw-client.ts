import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A connection on which a test says what it likes. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  readonly isClosed: boolean;
  /** Bytes that the server sent. */
  readonly heard: number;
  /** Says it again and again, until this much has been said, or the server closes or takes nothing for two seconds. */
  repeat(said: Buffer | (() => Buffer), bytes: number): Promise<void>;
  /** Whether the server closes within so many milliseconds. */
  closes(withinMs: number): Promise<boolean>;
  /** Waits until the server has sent so many bytes, or closes. */
  hears(bytes: number): Promise<void>;
}

const PATIENCE_MS = 2000;

/** Connects one. */
export async function openRaw(path: string, { reads = true }: { readonly reads?: boolean } = {}): Promise<RawClient> {
  const socket = connect(path);
  let heard = 0;
  let isClosed = false;
  let wake = (): void => {};
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    socket.on("close", () => {
      isClosed = true;
      resolve();
      wake();
    });
  });
  socket.on("drain", () => wake());
  if (reads) {
    socket.on("data", ({ length }) => {
      heard += length;
      wake();
    });
  }
  await Promise.race([new Promise((resolve) => socket.once("connect", resolve)), closed]);

  /** Until something happens. */
  function change(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  /** Whether what has been written was taken. */
  async function isTaken(): Promise<boolean> {
    const end = performance.now() + PATIENCE_MS;
    while (socket.writableNeedDrain && socket.writable && performance.now() < end) {
      await Promise.race([change(), sleep(PATIENCE_MS / 4)]);
    }
    return socket.writable && !socket.writableNeedDrain;
  }

  return {
    socket,
    get isClosed() {
      return isClosed;
    },
    get heard() {
      return heard;
    },
    async repeat(said, bytes) {
      for (let sent = 0; sent < bytes && socket.writable; ) {
        const part = typeof said === "function" ? said() : said;
        sent += part.length;
        if (!socket.write(part) && !(await isTaken())) break;
      }
    },
    async closes(withinMs) {
      await Promise.race([closed, sleep(withinMs)]);
      return isClosed;
    },
    async hears(bytes) {
      while (heard < bytes && !isClosed) await change();
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
