import type { Server, Socket } from "node:net";

/** The connections of all listeners of one server. */
export interface Connections {
  readonly open: number;
  /** Takes the connections of a listener: what `accept` is given is within the limits. */
  watch(listener: Server, accept: (socket: Socket) => void): void;
  /**
   * Resolves when all have been closed, by whomever, but no later than in `ms` milliseconds, when the rest are cut off. Those that
   * still come are closed at once.
   */
  close(ms: number): Promise<void>;
}

/** What they are made with. */
export interface ConnectionsOptions {
  /** Of each listener, so that strangers at one do not lock out those at another. Further ones are closed at once. */
  readonly limit: number;
  /** Milliseconds in which a client has to say something at first. @default 10000 */
  readonly greetingMs?: number;
  /** Milliseconds in which it has to say something ever after; gRPC asks for a sign of life each 30 seconds. @default 60000 */
  readonly silenceMs?: number;
  /** There are too many. Called at most once a minute, with how many have been sent away since. */
  onRefuse?(count: number): void;
}

/** How much a client has said, and how often it was looked since. */
interface Progress {
  bytes: number;
  looks: number;
}

/** Milliseconds between two calls of `onRefuse`. */
const TELL_EACH_MS = 60_000;

/** How many times it is looked until one has been silent for too long. */
const LOOKS = 6;

/** Makes a count of none. */
export function createConnections(options: ConnectionsOptions): Connections {
  const { limit, greetingMs = 10_000, silenceMs = 60_000, onRefuse } = options;
  const sockets = new Map<Socket, Progress>();
  let isClosed = false;
  let sweeping: NodeJS.Timeout | undefined;
  let onEmpty: (() => void) | undefined;
  let refused = 0;
  let toldAt = Number.NEGATIVE_INFINITY;

  function refuse(socket: Socket): void {
    socket.destroy();
    refused++;
    if (performance.now() - toldAt < TELL_EACH_MS) return;
    toldAt = performance.now();
    onRefuse?.(refused);
    refused = 0;
  }

  /**
   * Node.js ends the HTTP/2 session of a client that answers no more, but keeps the connection as long as the client does not take
   * what has been written: one that has been stopped would have its place for ever. Looks are counted instead of time, of which any amount
   * may have gone by where this process itself was stopped: what clients have said meanwhile has not been read yet.
   */
  function sweep(): void {
    for (const [socket, progress] of sockets) {
      if (socket.bytesRead !== progress.bytes) {
        progress.bytes = socket.bytesRead;
        progress.looks = 0;
      } else if (++progress.looks > LOOKS) socket.destroy();
    }
  }

  function add(socket: Socket): void {
    sockets.set(socket, { bytes: 0, looks: 0 });
    sweeping ??= setInterval(sweep, silenceMs / LOOKS).unref();
    // A client that breaks the connection is none of the server's faults.
    socket.on("error", () => {});
    const greeting = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy();
    }, greetingMs);
    socket.once("close", () => {
      clearTimeout(greeting);
      sockets.delete(socket);
      if (sockets.size > 0) return;
      clearInterval(sweeping);
      sweeping = undefined;
      onEmpty?.();
    });
  }

  return {
    get open() {
      return sockets.size;
    },
    watch(listener, accept) {
      let count = 0;
      listener.on("connection", (socket: Socket) => {
        if (isClosed) {
          socket.destroy();
          return;
        }
        if (count >= limit) {
          refuse(socket);
          return;
        }
        count++;
        socket.once("close", () => count--);
        add(socket);
        accept(socket);
      });
    },
    async close(ms) {
      isClosed = true;
      if (sockets.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      for (const socket of sockets.keys()) socket.destroy();
    },
  };
}
