import {
  type CheckedConnection,
  type ConnectionMatch,
  type InetSocketRow,
  type InetTable,
  matchConnection,
  portsOf,
  tablesOf,
} from "@procmon/core";
import type { InetDiagProtocol, InetDiagRow, KernelTables } from "@procmon/native";
import { rowOf } from "../sockets/listed-row.ts";
import type { SocketList } from "../sockets/socket-list.ts";
import { tcpTuple } from "../sockets/tcp-tuple.ts";

/**
 * The sockets of a connection by the kernel's tables, where these settle it; undefined where some of them cannot be read and no `list` is given
 * that would take their place.
 */
export function matchInTables(
  connection: CheckedConnection,
  tables: KernelTables,
  list?: SocketList,
): ConnectionMatch | undefined {
  const { netns } = connection;
  return tables.inNamespace(netns, () => {
    const found = matchByQuery(connection, tables);
    if (found !== undefined) return found;
    const rows: InetSocketRow[] = [];
    const missing = new Set<InetTable>();
    const ports = portsOf(connection);
    const options = ports === undefined ? {} : { srcPorts: new Set(ports) };
    for (const table of tablesOf(connection)) {
      const dumped = isDumped(table) ? tables.inet(netns, table, options) : undefined;
      if (dumped === undefined) missing.add(table);
      else for (const row of dumped) rows.push(row);
    }
    if (missing.size > 0) {
      if (list === undefined) return undefined;
      addListedRows(rows, list, netns, missing);
    }
    return matchConnection(connection, rows);
  });
}

/** sock_diag has no table of ICMP sockets. */
function isDumped(table: InetTable): table is InetDiagProtocol {
  return table !== "icmp" && table !== "icmp6";
}

/** What the kernel itself would say of a TCP connection's packet; undefined where that does not settle it. */
function matchByQuery(connection: CheckedConnection, tables: KernelTables): ConnectionMatch | undefined {
  const tuple = tcpTuple(connection);
  const row = tuple && tables.find(connection.netns, tuple);
  if (!row) return undefined;
  const match = matchConnection(connection, [row]);
  // Where the kernel names a listener, it has not looked at sockets that are bound to a device.
  if (match.kind === "sockets") return match.confidence === "exact" ? match : undefined;
  // A connection that waits for its listener to accept it is that one's.
  return match.kind === "none" && match.reason === "time-wait" ? match : undefined;
}

/** What the kernel has at the place of a TCP connection without an entry in the table of owners; undefined where it cannot be asked. */
export function queryTcp(connection: CheckedConnection, tables: KernelTables): InetDiagRow | null | undefined {
  const tuple = tcpTuple(connection);
  return tuple && tables.find(connection.netns, tuple);
}

function addListedRows(rows: InetSocketRow[], list: SocketList, netns: number, tables: ReadonlySet<InetTable>): void {
  for (const socket of list.byInode.values()) {
    if (socket.netns !== netns) continue;
    const row = rowOf(socket);
    if (row !== undefined && tables.has(row.protocol)) rows.push(row);
  }
}
