import type { Server, Socket } from "node:net";

/** The connections of all listeners of one server. */
export interface Connections {
  readonly open: number;
  /** Takes the connections of a listener: what `accept` is given is within the limits. */
  watch(listener: Server, accept: (socket: Socket) => void): void;
  /** Resolves when all have been closed, by whomever, but no later than in `ms` milliseconds, when the rest are cut off. */
  close(ms: number): Promise<void>;
}

/** What they are made with. */
export interface ConnectionsOptions {
  /** Further ones are closed at once. */
  readonly limit: number;
  /** Milliseconds in which a client has to say something. @default 10000 */
  readonly silenceMs?: number;
  /** There are too many. */
  onRefuse?(): void;
}

/** Makes a count of none. */
export function createConnections({ limit, silenceMs = 10_000, onRefuse }: ConnectionsOptions): Connections {
  const sockets = new Set<Socket>();
  let onEmpty: (() => void) | undefined;

  function add(socket: Socket): void {
    sockets.add(socket);
    // A client that breaks the connection is none of the server's faults.
    socket.on("error", () => {});
    const timer = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy();
    }, silenceMs);
    socket.once("close", () => {
      clearTimeout(timer);
      sockets.delete(socket);
      if (sockets.size === 0) onEmpty?.();
    });
  }

  return {
    get open() {
      return sockets.size;
    },
    watch(listener, accept) {
      listener.on("connection", (socket: Socket) => {
        if (sockets.size >= limit) {
          socket.destroy();
          onRefuse?.();
          return;
        }
        add(socket);
        accept(socket);
      });
    },
    async close(ms) {
      if (sockets.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      for (const socket of sockets) socket.destroy();
    },
  };
}
