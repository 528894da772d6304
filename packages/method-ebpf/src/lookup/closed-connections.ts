import { type CheckedConnection, connectionKey, type SocketOwner } from "@procmon/core";

/** Who owned the connections that were closed last. */
export interface ClosedConnections {
  note(connection: CheckedConnection, owner: SocketOwner): void;
  /** Looks through all of them: for questions without an answer only. The one that was closed last counts. */
  find(connection: CheckedConnection): SocketOwner | undefined;
}

interface Closed {
  readonly connection: CheckedConnection;
  readonly owner: SocketOwner;
}

/** Makes an empty memory of so many connections, of which the last ones are kept. Noting one costs next to nothing: most are never asked for. */
export function createClosedConnections(capacity = 4096): ClosedConnections {
  const ring: Closed[] = [];
  let next = 0;
  return {
    note(connection, owner) {
      ring[next] = { connection, owner };
      next = (next + 1) % capacity;
    },
    find(connection) {
      const key = connectionKey(connection);
      for (let back = 1; back <= ring.length; back++) {
        const closed = ring[(next - back + ring.length) % ring.length];
        if (closed === undefined) continue;
        const { srcPort, dstPort, netns } = closed.connection;
        if (srcPort !== connection.srcPort || dstPort !== connection.dstPort || netns !== connection.netns) continue;
        if (connectionKey(closed.connection) === key) return closed.owner;
      }
      return undefined;
    },
  };
}
