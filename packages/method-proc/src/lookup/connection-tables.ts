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
import type { DiagTables } from "./diag-tables.ts";
import { matchByQuery } from "./exact-match.ts";
import type { NamespaceDirectory } from "./namespace-directory.ts";

/** The socket tables, as lookups need them. */
export interface ConnectionTables {
  /** What each connection's tables tell; each is read once for all. Undefined where a network namespace cannot be read. */
  matchAll(connections: readonly CheckedConnection[]): (ConnectionMatch | undefined)[];
  /** Packet sockets of a namespace; undefined where it cannot be read. */
  packetSockets(netns: number): readonly PacketSocketRow[] | undefined;
  /** How many were read from `/proc` so far. */
  readonly reads: number;
}

/** With more connections of one namespace than that, a dump of its tables costs less than a question for each. */
const MAX_QUERIES = 1024;

/**
 * Gives access to the tables of all namespaces that may be read.
 *
 * @param diag is asked first; what it does not give is read from `/proc`
 */
export function createConnectionTables(
  procfs: Procfs,
  namespaces: NamespaceDirectory,
  diag?: DiagTables,
): ConnectionTables {
  let reads = 0;

  /** Where sock_diag finds a namespace: our own needs no process. */
  function diagNamespace(netns: number): NetworkNamespace | undefined {
    return diag?.own?.netns === netns ? diag.own : namespaces.find(netns);
  }

  /** Those that a question for one socket settles. */
  function queryAll(connections: readonly CheckedConnection[]): Map<CheckedConnection, ConnectionMatch> {
    const settled = new Map<CheckedConnection, ConnectionMatch>();
    for (const netns of diag ? new Set(connections.map((each) => each.netns)) : []) {
      const asked = connections.filter((each) => each.netns === netns && each.protocol.startsWith("tcp"));
      const namespace = asked.length > 0 && asked.length <= MAX_QUERIES ? diagNamespace(netns) : undefined;
      if (!diag || !namespace) continue;
      const { counters } = diag;
      diag.ask(namespace, (tables) => {
        for (const connection of asked) {
          const match = matchByQuery(tables, connection, counters);
          if (match) settled.set(connection, match);
        }
      });
    }
    return settled;
  }

  /** The rows as sock_diag gives them; undefined where it does not. */
  function ask<T>(netns: number, question: (namespace: NetworkNamespace) => readonly T[] | undefined) {
    const namespace = diag && diagNamespace(netns);
    return namespace && question(namespace);
  }

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
    packetSockets: (netns) =>
      ask(netns, (namespace) => diag?.packet(namespace)) ?? readRows(netns, (pid) => readPacketTable(procfs, pid)),
    matchAll(connections) {
      const settled = queryAll(connections);
      const open = connections.filter((each) => !settled.has(each));
      const tables = new Map<string, readonly InetSocketRow[] | undefined>();
      const rowsOf = (netns: number, table: InetTable): readonly InetSocketRow[] | undefined => {
        const key = `${netns} ${table}`;
        if (!tables.has(key)) {
          const srcPorts = portsIn(open, netns, table);
          const options = srcPorts ? { srcPorts } : {};
          const rows = ask(netns, (namespace) => diag?.inet(namespace, table, srcPorts));
          tables.set(key, rows ?? readRows(netns, (pid) => readInetTable(procfs, pid, table, options)));
        }
        return tables.get(key);
      };
      return connections.map((connection) => {
        const match = settled.get(connection);
        if (match) return match;
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
