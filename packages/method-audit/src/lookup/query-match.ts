import {
  type CheckedConnection,
  type ConnectionMatch,
  type InetSocketRow,
  ipv4OfMapped,
  isWildcardIp,
  matchConnection,
  tablesOf,
} from "@procmon/core";
import type { KernelTables } from "@procmon/native";

/**
 * What a TCP connection's tables would tell, from a question for its socket alone, or for the listeners of its port, which the kernel has at hand.
 * Undefined where that does not settle it.
 *
 * Not for UDP: several of its sockets may have the same two ends, and the kernel names but one.
 */
export function matchByQuery(
  tables: Pick<KernelTables, "find" | "inet">,
  connection: CheckedConnection,
): ConnectionMatch | undefined {
  const { protocol, srcPort, dstPort, dstIp } = connection;
  if ((protocol !== "tcp" && protocol !== "tcp6") || srcPort === 0) return undefined;
  if (dstPort !== 0) return matchTuple(tables, connection);
  if (!isWildcardIp(dstIp)) return undefined;
  // Nothing but a listener has no peer. Where none fits, the others of its port may.
  const rows = listenersOf(tables, connection);
  const match = rows && matchConnection(connection, rows);
  return match?.kind === "none" ? undefined : match;
}

function matchTuple(
  tables: Pick<KernelTables, "find" | "inet">,
  connection: CheckedConnection,
): ConnectionMatch | undefined {
  const { srcPort, dstPort, netns } = connection;
  const srcIp = ipv4OfMapped(connection.srcIp) ?? connection.srcIp;
  const dstIp = ipv4OfMapped(connection.dstIp) ?? connection.dstIp;
  if (isWildcardIp(srcIp) || isWildcardIp(dstIp) || srcIp.includes(":") !== dstIp.includes(":")) return undefined;
  const row = tables.find(netns, { protocol: "tcp", srcIp, srcPort, dstIp, dstPort });
  if (!row) return undefined;
  const match = matchConnection(connection, [row]);
  // Else the kernel gave a listener, and has not looked at sockets that are bound to a device.
  if (match.kind === "sockets" && match.confidence === "exact") return match;
  if (match.kind !== "none" || match.reason === "not-found") return undefined;
  // One that nobody has accepted is the listener's.
  if (row.state !== "established" && row.state !== "syn-recv" && row.state !== "close-wait") return match;
  const listeners = listenersOf(tables, connection);
  return listeners && matchConnection(connection, [row, ...listeners]);
}

/** The listeners of the connection's local port; undefined where they cannot be read. */
function listenersOf(
  tables: Pick<KernelTables, "inet">,
  connection: CheckedConnection,
): readonly InetSocketRow[] | undefined {
  const srcPorts = new Set([connection.srcPort]);
  const found: InetSocketRow[] = [];
  for (const table of tablesOf(connection)) {
    if (table !== "tcp" && table !== "tcp6") continue;
    const rows = tables.inet(connection.netns, table, { srcPorts, states: ["listen"] });
    if (rows === undefined) return undefined;
    found.push(...rows);
  }
  return found;
}
