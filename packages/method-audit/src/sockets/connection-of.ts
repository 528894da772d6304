import { type ConnectionTuple, ipv4OfMapped, isWildcardIp, type Protocol } from "@procmon/core";
import type { SocketAddress } from "../normalize/socket-address.ts";
import { AF_INET, AF_INET6, protocolOf, type SocketKind } from "./socket-kind.ts";

/** One end of a socket of IP. */
export interface SocketEnd {
  /** Canonical text, as core's `canonicalIp` gives. */
  readonly ip: string;
  readonly port: number;
}

/** What is known of the ends of a socket. */
export interface SocketEnds {
  readonly local?: SocketEnd | undefined;
  readonly peer?: SocketEnd | undefined;
}

/** A tuple whose protocol is known. */
type Tuple = Omit<ConnectionTuple, "netns">;

/**
 * The connection of a socket, without its namespace. An end that is not known is `0.0.0.0` or `::` with port 0. Undefined for a socket of which
 * Procmon knows no connections.
 */
export function connectionOf(socket: SocketKind, { local, peer }: SocketEnds): Tuple | undefined {
  const protocol = protocolOf(socket);
  if (protocol === undefined) return undefined;
  if (protocol === "packet") return { protocol, srcIp: "0.0.0.0", srcPort: 0, dstIp: "0.0.0.0", dstPort: 0 };
  const isIpv6 = socket.family === AF_INET6;
  return {
    protocol,
    srcIp: ipOf(local, isIpv6),
    srcPort: protocol.startsWith("raw") ? socket.protocol : (local?.port ?? 0),
    dstIp: ipOf(peer, isIpv6),
    dstPort: hasPorts(protocol) ? (peer?.port ?? 0) : 0,
  };
}

/** The end that an address of a record names; undefined for one that is not of IP. */
export function endOf(address: SocketAddress | undefined): SocketEnd | undefined {
  return address?.family === "inet" || address?.family === "inet6" ? address : undefined;
}

/** The `AF_…` of an address of IP; undefined for any other. */
export function familyOf(address: SocketAddress | undefined): number | undefined {
  if (address?.family === "inet") return AF_INET;
  return address?.family === "inet6" ? AF_INET6 : undefined;
}

/** True for the same address and port, whichever family the address is written in. */
export function isSameEnd(a: SocketEnd, b: SocketEnd): boolean {
  return a.port === b.port && plainIp(a.ip) === plainIp(b.ip);
}

/** True if a socket whose end is `end` may have been asked for by this address: one of no address in particular leaves the choice to the kernel. */
export function fitsAddress(end: SocketEnd, address: SocketEnd): boolean {
  return isSameEnd(end, address) || (end.port === address.port && isWildcardIp(address.ip));
}

function plainIp(ip: string): string {
  return ipv4OfMapped(ip) ?? ip;
}

/** Of ICMP and raw sockets only the local end has a number beside its address. */
function hasPorts(protocol: Protocol): boolean {
  return !protocol.startsWith("icmp") && !protocol.startsWith("raw");
}

/** IPv6 sockets may be given addresses of IPv4. */
function ipOf(end: SocketEnd | undefined, isIpv6: boolean): string {
  if (end === undefined) return isIpv6 ? "::" : "0.0.0.0";
  if (isIpv6) return end.ip.includes(":") ? end.ip : end.ip === "0.0.0.0" ? "::" : `::ffff:${end.ip}`;
  return plainIp(end.ip);
}
