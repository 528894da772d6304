import type { Protocol } from "./protocol.ts";

/**
 * The two ends of a connection, seen from the socket whose owner is asked for: `src` is the local
 * end, `dst` the peer.
 *
 * For `icmp` and `icmp6` sockets `srcPort` is the echo identifier, for `raw` and `raw6` it is the IP protocol
 * number, as in `/proc/net/icmp` and `/proc/net/raw`. An end that is not known, or not set, is `0.0.0.0` or `::` with port 0.
 */
export interface ConnectionTuple {
  readonly protocol: Protocol;
  /** IPv4 in dotted, IPv6 in any textual form. */
  readonly srcIp: string;
  /** 0–65535. */
  readonly srcPort: number;
  readonly dstIp: string;
  /** 0–65535. */
  readonly dstPort: number;
  /**
   * The inode number of the network namespace (`/proc/<pid>/ns/net`, namespaces(7)).
   * The same tuple may live in two namespaces. @default the namespace of this process
   */
  readonly netns?: number;
}
