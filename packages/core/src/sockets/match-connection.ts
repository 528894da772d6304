import { ipv4OfMapped, isWildcardIp } from "../connection/ip-address.ts";
import type { Protocol } from "../connection/protocol.ts";
import type { CheckedConnection } from "../method/monitor-method.ts";
import type { InetSocketRow, InetTable } from "./socket-row.ts";

/** The sockets that a connection belongs to, before it is known who holds them. */
export type ConnectionMatch =
  /** `rows` have an inode. Several of them share the connection, as with SO_REUSEPORT. */
  | {
      readonly kind: "sockets";
      readonly rows: readonly InetSocketRow[];
      readonly confidence: "exact" | "derived";
      /** Set where the answer is the listener, of a connection that nobody has accepted (yet). */
      readonly via?: "listener";
    }
  /** Nothing tells which of these it is. It is none, unless all have the same owner and `sameOwnerSuffices`. */
  | {
      readonly kind: "ambiguous";
      readonly rows: readonly InetSocketRow[];
      readonly sameOwnerSuffices: boolean;
    }
  | { readonly kind: "none"; readonly reason: "not-found" | "time-wait" | "orphaned" };

/**
 * The tables that may hold a connection's socket, in the order to read them. An IPv4 connection may be one of an IPv6 socket; an
 * ICMP one may be sent by a raw socket.
 */
export function tablesOf(connection: CheckedConnection): readonly InetTable[] {
  const ipv6 = isPlainIpv6(connection.srcIp) && isPlainIpv6(connection.dstIp);
  const tables = TABLES[connection.protocol];
  if (!tables) return [];
  return ipv6 ? tables.filter((table) => table.endsWith("6")) : tables;
}

const TABLES: Readonly<Partial<Record<Protocol, readonly InetTable[]>>> = {
  tcp: ["tcp", "tcp6"],
  tcp6: ["tcp6", "tcp"],
  udp: ["udp", "udp6"],
  udp6: ["udp6", "udp"],
  udplite: ["udplite", "udplite6"],
  udplite6: ["udplite6", "udplite"],
  icmp: ["icmp", "raw"],
  icmp6: ["icmp6", "raw6"],
  raw: ["raw"],
  raw6: ["raw6"],
};

/** The protocol numbers by which raw sockets stand for ICMP (`/proc/sys/net` has none; RFC 792, RFC 4443). */
const ICMP_NUMBERS: ReadonlySet<number> = new Set([1, 58]);

/** Local ports in the tables that concern a connection; undefined for all. */
export function portsOf(connection: CheckedConnection): readonly number[] | undefined {
  if (connection.protocol.startsWith("raw")) return [connection.srcPort];
  if (connection.srcPort === 0) return undefined;
  return connection.protocol.startsWith("icmp") ? [connection.srcPort, ...ICMP_NUMBERS] : [connection.srcPort];
}

/**
 * Finds a connection's sockets among the rows of its tables, as the kernel finds the socket for a packet: a
 * connected socket before an unconnected one, one that is bound to the address before one that is not, one of
 * the same family before a dual-stack one.
 */
export function matchConnection(connection: CheckedConnection, rows: readonly InetSocketRow[]): ConnectionMatch {
  const question = endsOf(connection);
  const family = connection.protocol.replace("6", "");
  const same = rows.filter((row) => row.protocol.replace("6", "") === family);
  if (family === "raw") return matchRaw(question, same);

  const exact = same.filter((row) => isExact(question, row));
  // A table that changes while it is read may list a socket twice.
  const live = exact.filter((row, at) => row.inode !== 0 && exact.findIndex((each) => each.inode === row.inode) === at);
  if (live.length > 0) return { kind: "sockets", rows: live, confidence: live.length > 1 ? "derived" : "exact" };
  const dead = exact[0];
  if (dead) return matchUnheld(question, dead, same);

  const receivers = matchReceivers(question, same);
  if (receivers) return receivers;
  const partial = same.filter((row) => row.inode !== 0 && isCoveredBy(question, row));
  if (partial.length === 1) return { kind: "sockets", rows: partial, confidence: "derived" };
  if (partial.length > 1) return { kind: "ambiguous", rows: partial, sameOwnerSuffices: true };
  if (family === "icmp") return matchRawIcmp(question, rows);
  return { kind: "none", reason: "not-found" };
}

/** The two ends, with IPv4-mapped addresses as IPv4. */
interface Ends {
  readonly srcIp: string;
  readonly srcPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
}

function endsOf(ends: Ends): Ends {
  const { srcIp, srcPort, dstIp, dstPort } = ends;
  return { srcIp: ipv4OfMapped(srcIp) ?? srcIp, srcPort, dstIp: ipv4OfMapped(dstIp) ?? dstIp, dstPort };
}

function isPlainIpv6(ip: string): boolean {
  return ip.includes(":") && ipv4OfMapped(ip) === undefined;
}

function isExact(question: Ends, row: InetSocketRow): boolean {
  if (row.srcPort !== question.srcPort || row.dstPort !== question.dstPort) return false;
  const ends = endsOf(row);
  return ends.srcIp === question.srcIp && ends.dstIp === question.dstIp;
}

/** A connection without a socket: half-open, in the listener's queue, or being finished by the kernel alone. */
function matchUnheld(question: Ends, row: InetSocketRow, rows: readonly InetSocketRow[]): ConnectionMatch {
  if (row.state === "time-wait") return { kind: "none", reason: "time-wait" };
  if (row.state === "established" || row.state === "syn-recv" || row.state === "close-wait") {
    const listeners = matchReceivers(question, rows);
    if (listeners) return listeners;
  }
  return { kind: "none", reason: "orphaned" };
}

/** The listeners, or unconnected sockets, that would get a packet of this connection: all of the best score. */
function matchReceivers(question: Ends, rows: readonly InetSocketRow[]): ConnectionMatch | undefined {
  let best = 0;
  const receivers = new Map<number, InetSocketRow>();
  for (const row of rows) {
    const score = row.inode === 0 ? 0 : receiverScore(question, row);
    if (score === 0 || score < best) continue;
    if (score > best) receivers.clear();
    best = score;
    receivers.set(row.inode, row);
  }
  const found = [...receivers.values()];
  const [first] = found;
  if (!first) return undefined;
  const oneAddress = found.every((row) => row.srcIp === first.srcIp);
  if (!oneAddress) return { kind: "ambiguous", rows: found, sameOwnerSuffices: true };
  const named = first.state === "listen" && question.dstPort !== 0;
  return { kind: "sockets", rows: found, confidence: "derived", ...(named ? { via: "listener" } : {}) };
}

/** 0 if it would not get the packet; compare compute_score in the kernel's net/ipv4/udp.c and inet_hashtables.c. */
function receiverScore(question: Ends, row: InetSocketRow): number {
  if (row.state !== "listen" && row.state !== "unconnected") return 0;
  if (row.srcPort !== question.srcPort || row.dstPort !== 0) return 0;
  const { srcIp, dstIp } = endsOf(row);
  if (!isWildcardIp(dstIp)) return 0;
  const sameFamily = srcIp.includes(":") === question.srcIp.includes(":");
  if (srcIp === question.srcIp) return 5;
  if (srcIp === "::") return sameFamily ? 3 : 2;
  if (isWildcardIp(srcIp)) return sameFamily ? 4 : 0;
  // An address that is not known may be this one.
  return isWildcardIp(question.srcIp) && (sameFamily || question.srcIp === "::") ? 1 : 0;
}

/** True if the ends that the question does not name (wildcard address, port 0) are all in which the row differs. */
function isCoveredBy(question: Ends, row: InetSocketRow): boolean {
  const ends = endsOf(row);
  return (
    endCovers(question.srcIp, question.srcPort, ends.srcIp, ends.srcPort) &&
    endCovers(question.dstIp, question.dstPort, ends.dstIp, ends.dstPort)
  );
}

function endCovers(askedIp: string, askedPort: number, ip: string, port: number): boolean {
  if (askedPort !== 0 && askedPort !== port) return false;
  if (askedIp === ip) return true;
  return isWildcardIp(askedIp) && (askedIp === "::" || !ip.includes(":"));
}

/**
 * Raw sockets all get a copy of every packet, and share their "port", the protocol's number: one that is not connected says
 * nothing about who uses it for what. Only its own tuple, as the table lists it, is its.
 */
function matchRaw(question: Ends, rows: readonly InetSocketRow[]): ConnectionMatch {
  const exact = rows.filter((row) => row.inode !== 0 && isExact(question, row));
  const [only] = exact;
  if (only && exact.length === 1) return { kind: "sockets", rows: [only], confidence: "exact" };
  if (exact.length > 1) return { kind: "ambiguous", rows: exact, sameOwnerSuffices: true };
  const possible = rows.filter(
    (row) => row.inode !== 0 && row.srcPort === question.srcPort && isPossible(question, row),
  );
  if (possible.length > 0) return { kind: "ambiguous", rows: possible, sameOwnerSuffices: false };
  return { kind: "none", reason: "not-found" };
}

/** An echo identifier that no ping socket has may be that of a raw socket, which does not tell its own. */
function matchRawIcmp(question: Ends, rows: readonly InetSocketRow[]): ConnectionMatch {
  const possible = rows.filter(
    (row) =>
      row.inode !== 0 && row.protocol.startsWith("raw") && ICMP_NUMBERS.has(row.srcPort) && isPossible(question, row),
  );
  if (possible.length > 0) return { kind: "ambiguous", rows: possible, sameOwnerSuffices: false };
  return { kind: "none", reason: "not-found" };
}

/** True if no address speaks against it. */
function isPossible(question: Ends, row: InetSocketRow): boolean {
  const ends = endsOf(row);
  return agrees(question.srcIp, ends.srcIp) && agrees(question.dstIp, ends.dstIp);
}

function agrees(a: string, b: string): boolean {
  return a === b || isWildcardIp(a) || isWildcardIp(b);
}
