import type { KnownSocket } from "./known-sockets.ts";

/** To whom the sockets of datagrams have sent. */
export interface FlowPeers {
  /** True for the first time that this socket is told of with this peer. */
  isFirst(socket: KnownSocket, peer: string): boolean;
  /** Flows that are remembered. */
  readonly size: number;
}

/** Makes an empty memory of so many flows; those of the socket whose first flow is the oldest make room, and are told again. */
export function createFlowPeers(capacity = 65_536): FlowPeers {
  const sockets = new Map<KnownSocket, Set<string>>();
  let size = 0;

  function makeRoom(): void {
    for (const [socket, peers] of sockets) {
      if (size < capacity) return;
      sockets.delete(socket);
      size -= peers.size;
    }
  }

  return {
    get size() {
      return size;
    },
    isFirst(socket, peer) {
      if (sockets.get(socket)?.has(peer)) return false;
      if (size >= capacity) makeRoom();
      const peers = sockets.get(socket) ?? new Set();
      peers.add(peer);
      sockets.set(socket, peers);
      size++;
      return true;
    },
  };
}
