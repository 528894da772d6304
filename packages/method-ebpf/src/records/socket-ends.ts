import type { CheckedConnection, Protocol } from "@procmon/core";
import type { AddressTexts } from "./address-text.ts";

/** AF_* of include/linux/socket.h. */
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_PACKET = 17;

/** SOCK_RAW of include/linux/net.h. */
const SOCK_RAW = 3;

/** Offsets in `struct socket_ends` of bpf/shared/records.h, and its size. */
export const ENDS_NETNS = 0;
export const ENDS_PROTOCOL = 4;
export const ENDS_FAMILY = 6;
export const ENDS_SOURCE_PORT = 8;
export const ENDS_TARGET_PORT = 10;
export const ENDS_TYPE = 12;
export const ENDS_SOURCE = 16;
export const ENDS_TARGET = 32;
export const ENDS_BYTES = 48;

/** The names of IPPROTO_* (include/uapi/linux/in.h): of AF_INET sockets, and of AF_INET6 sockets. */
const NAMES: ReadonlyMap<number, readonly [Protocol, Protocol]> = new Map<number, readonly [Protocol, Protocol]>([
  [1, ["icmp", "icmp"]],
  [6, ["tcp", "tcp6"]],
  [17, ["udp", "udp6"]],
  [58, ["icmp6", "icmp6"]],
  [132, ["sctp", "sctp"]],
  [136, ["udplite", "udplite6"]],
  // MPTCP: the socket of the application, whose subflows are TCP.
  [262, ["tcp", "tcp6"]],
]);

/** The protocol's name in core; undefined for a socket of a kind that core has no word for. */
export function protocolName(family: number, type: number, protocol: number): Protocol | undefined {
  if (family === AF_PACKET) return "packet";
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const isIpv6 = family === AF_INET6;
  if (type === SOCK_RAW) return isIpv6 ? "raw6" : "raw";
  return NAMES.get(protocol)?.[isIpv6 ? 1 : 0];
}

/**
 * The two ends of a socket; undefined where its family or protocol has no name in core. An IPv4 address of an AF_INET6 socket stays
 * `::ffff:a.b.c.d`. The caller has seen to it that `ENDS_BYTES` bytes are there.
 */
export function decodeEnds(view: DataView, at: number, texts: AddressTexts): CheckedConnection | undefined {
  const family = view.getUint16(at + ENDS_FAMILY, true);
  const number = view.getUint16(at + ENDS_PROTOCOL, true);
  const protocol = protocolName(family, view.getUint32(at + ENDS_TYPE, true), number);
  if (protocol === undefined) return undefined;
  const isIpv6 = family === AF_INET6 || (family === AF_PACKET && hasPlainIpv6(view, at));
  return {
    protocol,
    srcIp: isIpv6 ? texts.ipv6(view, at + ENDS_SOURCE) : texts.ipv4(view, at + ENDS_SOURCE),
    srcPort: view.getUint16(at + ENDS_SOURCE_PORT, true),
    dstIp: isIpv6 ? texts.ipv6(view, at + ENDS_TARGET) : texts.ipv4(view, at + ENDS_TARGET),
    dstPort: view.getUint16(at + ENDS_TARGET_PORT, true),
    netns: view.getUint32(at + ENDS_NETNS, true),
  };
}

/** A packet socket has no family of addresses: what it sends has. */
function hasPlainIpv6(view: DataView, at: number): boolean {
  return isPlainIpv6(view, at + ENDS_SOURCE) || isPlainIpv6(view, at + ENDS_TARGET);
}

function isPlainIpv6(view: DataView, at: number): boolean {
  if (view.getUint32(at) !== 0 || view.getUint32(at + 4) !== 0) return true;
  const third = view.getUint32(at + 8);
  return third !== 0xffff && (third !== 0 || view.getUint32(at + 12) !== 0);
}
