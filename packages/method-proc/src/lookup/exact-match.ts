import {
  type CheckedConnection,
  type ConnectionMatch,
  type InetSocketRow,
  ipv4OfMapped,
  isWildcardIp,
  matchConnection,
  tablesOf,
} from "@procmon/core";
import type { SockDiag } from "@procmon/native";
import type { DiagCounters } from "./diag-tables.ts";

/**
 * What a TCP connection's tables would tell, from a question for its socket alone, or for the listeners of its port: the kernel has these at
 * hand, while it goes through all of its hash table for anything else. Undefined where that does not settle it.
 *
 * Not for UDP: several of its sockets may have the same two ends, and the kernel names but one.
 */
export function matchByQuery(
  diag: SockDiag,
  connection: CheckedConnection,
  counters: DiagCounters,
): ConnectionMatch | undefined {
  if (!connection.protocol.startsWith("tcp") || connection.srcPort === 0) return undefined;
  if (connection.dstPort !== 0) return matchTuple(diag, connection, counters);
  // Nothing but a listener has no peer. Where none fits, the others of its port may.
  const match = isWildcardIp(connection.dstIp) && matchConnection(connection, listeners(diag, connection, counters));
  return match && match.kind !== "none" ? match : undefined;
}

function matchTuple(
  diag: SockDiag,
  connection: CheckedConnection,
  counters: DiagCounters,
): ConnectionMatch | undefined {
  const { srcPort, dstPort } = connection;
  const srcIp = ipv4OfMapped(connection.srcIp) ?? connection.srcIp;
  const dstIp = ipv4OfMapped(connection.dstIp) ?? connection.dstIp;
  if (isWildcardIp(srcIp) || isWildcardIp(dstIp) || srcIp.includes(":") !== dstIp.includes(":")) return undefined;
  counters.exactQueries++;
  const row = diag.findInet({ protocol: "tcp", srcIp, srcPort, dstIp, dstPort });
  if (!row) return undefined;
  const match = matchConnection(connection, [row]);
  // The socket of this connection. Else the kernel gave a listener, and has not looked at sockets that are bound to a device.
  if (match.kind === "sockets" && match.confidence === "exact") return match;
  if (match.kind !== "none" || match.reason === "not-found") return undefined;
  const mayBeAListeners = row.state === "established" || row.state === "syn-recv" || row.state === "close-wait";
  return mayBeAListeners ? matchConnection(connection, [row, ...listeners(diag, connection, counters)]) : match;
}

/** The listeners of the connection's local port. */
function listeners(diag: SockDiag, connection: CheckedConnection, counters: DiagCounters): InetSocketRow[] {
  const srcPorts = new Set([connection.srcPort]);
  return tablesOf(connection).flatMap((table) => {
    if (table !== "tcp" && table !== "tcp6") return [];
    counters.diagDumps++;
    return diag.dumpInet(table, { srcPorts, states: ["listen"] });
  });
}
