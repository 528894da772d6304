import {
  type CheckedConnection,
  type ConnectionMatch,
  type InetSocketRow,
  type InetTable,
  matchConnection,
  type NetworkNamespace,
  type PacketSocketRow,
  type Procfs,
  portsOf,
  type ReadOutcome,
  readInetTable,
  readInNamespace,
  readPacketTable,
  tablesOf,
} from "@procmon/core";
import type { NamespaceDirectory } from "./namespace-directory.ts";

/** The socket tables, as lookups need them. */
export interface ConnectionTables {
  /** What each connection's tables tell; each is read once for all. Undefined where a network namespace cannot be read. */
  matchAll(connections: readonly CheckedConnection[]): (ConnectionMatch | undefined)[];
  /** Packet sockets of a namespace; undefined where it cannot be read. */
  packetSockets(netns: number): readonly PacketSocketRow[] | undefined;
  /** How many were read so far. */
  readonly reads: number;
}

/** Gives access to the tables of all namespaces that may be read. */
export function createConnectionTables(procfs: Procfs, namespaces: NamespaceDirectory): ConnectionTables {
  let reads = 0;

  function readRows<T>(netns: number, read: (pid: number) => ReadOutcome<T[]>): T[] | undefined {
    // The processes through which it was read before may have ended; then others may still be in it.
    for (const find of [() => namespaces.find(netns), () => listed(namespaces, netns)]) {
      const namespace = find();
      if (!namespace) return undefined;
      reads++;
      const rows = readInNamespace(procfs, namespace, read);
      if (rows.ok) return rows.value;
    }
    return undefined;
  }

  return {
    get reads() {
      return reads;
    },
    packetSockets: (netns) => readRows(netns, (pid) => readPacketTable(procfs, pid)),
    matchAll(connections) {
      const tables = new Map<string, readonly InetSocketRow[] | undefined>();
      const rowsOf = (netns: number, table: InetTable): readonly InetSocketRow[] | undefined => {
        const key = `${netns} ${table}`;
        if (!tables.has(key)) {
          const srcPorts = portsIn(connections, netns, table);
          const options = srcPorts ? { srcPorts } : {};
          tables.set(
            key,
            readRows(netns, (pid) => readInetTable(procfs, pid, table, options)),
          );
        }
        return tables.get(key);
      };
      return connections.map((connection) => {
        const rows = tablesOf(connection).map((table) => rowsOf(connection.netns, table));
        if (rows.includes(undefined)) return undefined;
        return matchConnection(
          connection,
          rows.flatMap((each) => each ?? []),
        );
      });
    },
  };
}

function listed(namespaces: NamespaceDirectory, netns: number): NetworkNamespace | undefined {
  return namespaces.list().readable.find((namespace) => namespace.netns === netns);
}

/** Local ports by which a table can be filtered for these connections; undefined where one of them may have any. */
function portsIn(
  connections: readonly CheckedConnection[],
  netns: number,
  table: InetTable,
): ReadonlySet<number> | undefined {
  const ports = new Set<number>();
  for (const connection of connections) {
    if (connection.netns !== netns || !tablesOf(connection).includes(table)) continue;
    const own = portsOf(connection);
    if (!own) return undefined;
    for (const port of own) ports.add(port);
  }
  return ports;
}
