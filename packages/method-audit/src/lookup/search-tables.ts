import {
  type CheckedConnection,
  type ConnectionMatch,
  type InetSocketRow,
  type InetTable,
  matchConnection,
  type PacketSocketRow,
  type Procfs,
  portsOf,
  type ReadOutcome,
  readInetTable,
  readInNamespace,
  readPacketTable,
  tablesOf,
} from "@procmon/core";
import type { KernelTables } from "@procmon/native";
import type { MemberDoors } from "./namespace-doors.ts";
import { matchByQuery } from "./query-match.ts";

/** The socket tables, as searches need them. */
export interface SearchTables {
  /** What each connection's tables tell; each is read once for all. Undefined where a network namespace cannot be read. */
  matchAll(connections: readonly CheckedConnection[]): (ConnectionMatch | undefined)[];
  /** Packet sockets of a namespace; undefined where it cannot be read. */
  packetSockets(netns: number): readonly PacketSocketRow[] | undefined;
  /** Tables read from `/proc` so far. */
  readonly reads: number;
}

/** With more connections of one namespace than that, a dump of its tables costs less than a question for each. */
const MAX_QUERIES = 1024;

/** @param kernel is asked first; what it does not give is read from `/proc` */
export function createSearchTables(procfs: Procfs, doors: MemberDoors, kernel: KernelTables | undefined): SearchTables {
  let reads = 0;

  /** Those that a question for one socket settles. */
  function queryAll(connections: readonly CheckedConnection[]): Map<CheckedConnection, ConnectionMatch> {
    const settled = new Map<CheckedConnection, ConnectionMatch>();
    for (const netns of kernel ? new Set(connections.map((each) => each.netns)) : []) {
      const asked = connections.filter((each) => each.netns === netns && each.protocol.startsWith("tcp"));
      if (!kernel || asked.length === 0 || asked.length > MAX_QUERIES) continue;
      kernel.inNamespace(netns, () => {
        for (const connection of asked) {
          const match = matchByQuery(kernel, connection);
          if (match) settled.set(connection, match);
        }
      });
    }
    return settled;
  }

  function readRows<T>(netns: number, read: (pid: number) => ReadOutcome<T[]>): T[] | undefined {
    const namespace = doors.find(netns);
    if (!namespace) return undefined;
    reads++;
    const rows = readInNamespace(procfs, namespace, read);
    return rows.ok ? rows.value : undefined;
  }

  function inetRows(
    netns: number,
    table: InetTable,
    srcPorts: ReadonlySet<number> | undefined,
  ): readonly InetSocketRow[] | undefined {
    const options = srcPorts ? { srcPorts } : {};
    // The kernel has no such question for ping sockets.
    const given = table === "icmp" || table === "icmp6" ? undefined : kernel?.inet(netns, table, options);
    return given ?? readRows(netns, (pid) => readInetTable(procfs, pid, table, options));
  }

  function dumpAll(connections: readonly CheckedConnection[]): (ConnectionMatch | undefined)[] {
    const tables = new Map<string, readonly InetSocketRow[] | undefined>();
    return connections.map((connection) => {
      const { netns } = connection;
      const rows: InetSocketRow[] = [];
      for (const table of tablesOf(connection)) {
        const key = `${netns} ${table}`;
        if (!tables.has(key)) tables.set(key, inetRows(netns, table, portsIn(connections, netns, table)));
        const found = tables.get(key);
        if (found === undefined) return undefined;
        rows.push(...found);
      }
      return matchConnection(connection, rows);
    });
  }

  return {
    get reads() {
      return reads;
    },
    packetSockets: (netns) => kernel?.packet(netns) ?? readRows(netns, (pid) => readPacketTable(procfs, pid)),
    matchAll(connections) {
      const settled = queryAll(connections);
      const open = connections.filter((each) => !settled.has(each));
      const dumped = dumpAll(open).values();
      return connections.map((each) => settled.get(each) ?? dumped.next().value);
    },
  };
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
