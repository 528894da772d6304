import {
  type ConnectionTuple,
  type InetSocketEntry,
  ipv4OfMapped,
  isWildcardIp,
  type Protocol,
  type SocketEntry,
} from "@procmon/core";
import type { Endpoint, SocketQuery } from "../options/socket-query.ts";

/** What a query found, and in which sense. */
export interface FoundSockets {
  readonly sockets: readonly SocketEntry[];
  /**
   * `own`: the query names the sockets' own ends. `wildcard`: they are bound to every address, the one asked for among
   * them. `peer`: nothing is bound there, but these are connected to it.
   */
  readonly match: "own" | "wildcard" | "peer";
}

function comparable(ip: string): string {
  return ipv4OfMapped(ip) ?? ip;
}

function isEnd(ip: string, port: number, end: Endpoint): boolean {
  return port === end.port && (end.ip === undefined || comparable(ip) === comparable(end.ip));
}

/** True if the protocol asked for covers the socket's: `tcp` covers `tcp6` too, `tcp6` only itself. */
function covers(asked: Protocol | undefined, protocol: Protocol): boolean {
  return asked === undefined || asked === protocol || `${asked}6` === protocol;
}

function isBoundToAll(tuple: ConnectionTuple, end: Endpoint): boolean {
  if (tuple.srcPort !== end.port || !isWildcardIp(tuple.srcIp)) return false;
  const asked6 = end.ip?.includes(":") === true && ipv4OfMapped(end.ip) === undefined;
  return tuple.protocol.endsWith("6") || !asked6;
}

function findByEnd(candidates: readonly InetSocketEntry[], end: Endpoint): FoundSockets {
  const own = candidates.filter(({ connection }) => isEnd(connection.srcIp, connection.srcPort, end));
  if (own.length > 0) return { sockets: own, match: "own" };
  const all = end.ip === undefined ? [] : candidates.filter(({ connection }) => isBoundToAll(connection, end));
  if (all.length > 0) return { sockets: all, match: "wildcard" };
  const peers = candidates.filter(({ connection }) => isEnd(connection.dstIp, connection.dstPort, end));
  return { sockets: peers, match: peers.length > 0 ? "peer" : "own" };
}

/** Finds the sockets that a query means. */
export function findSockets(sockets: readonly SocketEntry[], query: SocketQuery): FoundSockets {
  if (query.kind === "inode") {
    return { sockets: sockets.filter((socket) => socket.inode === query.inode), match: "own" };
  }
  const candidates = sockets.filter(
    (socket): socket is InetSocketEntry =>
      socket.family === "inet" && covers(query.protocol, socket.connection.protocol),
  );
  if (query.kind === "endpoint") return findByEnd(candidates, query.local);
  const { local, peer } = query;
  const found = candidates.filter(
    ({ connection: { srcIp, srcPort, dstIp, dstPort } }) => isEnd(srcIp, srcPort, local) && isEnd(dstIp, dstPort, peer),
  );
  return { sockets: found, match: "own" };
}
