import type { Protocol } from "@procmon/core";

/** What a socket is, in the numbers of socket(2). */
export interface SocketKind {
  /** `AF_…` of `include/linux/socket.h`. */
  readonly family: number;
  /** `SOCK_…` of `include/linux/net.h`, without flags. */
  readonly type: number;
  /** `IPPROTO_…` of `include/uapi/linux/in.h`; 0 is the usual one of the type. Of a packet socket the EtherType. */
  readonly protocol: number;
}

const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_PACKET = 17;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
const SOCK_SEQPACKET = 5;

const IPPROTO_ICMP = 1;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_ICMPV6 = 58;
const IPPROTO_SCTP = 132;
const IPPROTO_UDPLITE = 136;
const IPPROTO_MPTCP = 262;

/** What a socket is of which only that is known that it is not of IP. */
export const OF_ANOTHER_FAMILY: SocketKind = { family: AF_UNSPEC, type: 0, protocol: 0 };

/** The protocol of a connection of such a socket; undefined for one that Procmon does not know. */
export function protocolOf({ family, type, protocol }: SocketKind): Protocol | undefined {
  if (family === AF_PACKET) return "packet";
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const isIpv6 = family === AF_INET6;
  switch (type) {
    case SOCK_STREAM:
      if (protocol === IPPROTO_SCTP) return "sctp";
      if (protocol !== 0 && protocol !== IPPROTO_TCP && protocol !== IPPROTO_MPTCP) return undefined;
      return isIpv6 ? "tcp6" : "tcp";
    case SOCK_SEQPACKET:
      return protocol === 0 || protocol === IPPROTO_SCTP ? "sctp" : undefined;
    case SOCK_DGRAM:
      if (protocol === 0 || protocol === IPPROTO_UDP) return isIpv6 ? "udp6" : "udp";
      if (protocol === IPPROTO_UDPLITE) return isIpv6 ? "udplite6" : "udplite";
      if (protocol === IPPROTO_ICMP && !isIpv6) return "icmp";
      return protocol === IPPROTO_ICMPV6 && isIpv6 ? "icmp6" : undefined;
    case SOCK_RAW:
      return isIpv6 ? "raw6" : "raw";
    default:
      return undefined;
  }
}

/** The kind of the sockets in a table of `/proc/net`. */
export function kindOf(table: Protocol): SocketKind {
  const family = table.endsWith("6") ? AF_INET6 : AF_INET;
  switch (table) {
    case "udp":
    case "udp6":
      return { family, type: SOCK_DGRAM, protocol: IPPROTO_UDP };
    case "udplite":
    case "udplite6":
      return { family, type: SOCK_DGRAM, protocol: IPPROTO_UDPLITE };
    case "icmp":
      return { family, type: SOCK_DGRAM, protocol: IPPROTO_ICMP };
    case "icmp6":
      return { family, type: SOCK_DGRAM, protocol: IPPROTO_ICMPV6 };
    case "raw":
    case "raw6":
      return { family, type: SOCK_RAW, protocol: 0 };
    default:
      return { family, type: SOCK_STREAM, protocol: IPPROTO_TCP };
  }
}

/** True for a protocol whose connections are connections, and no flows of datagrams. */
export function hasConnections(protocol: Protocol): boolean {
  return protocol === "tcp" || protocol === "tcp6" || protocol === "sctp";
}
