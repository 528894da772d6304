import { PROTOCOLS, type Protocol } from "../connection/protocol.ts";
import type { SocketState } from "./socket-entry.ts";

/** The protocols that have a table of the common form in `/proc/<pid>/net`; the table's name is the protocol's. */
export const INET_TABLES: readonly InetTable[] = PROTOCOLS.filter(
  (protocol): protocol is InetTable => protocol !== "sctp" && protocol !== "packet",
);

/** One of {@link INET_TABLES}. */
export type InetTable = Exclude<Protocol, "sctp" | "packet">;

/** One line of `/proc/net/tcp` and its like (the kernel's Documentation/networking/proc_net_tcp.rst). */
export interface InetSocketRow {
  readonly protocol: InetTable;
  /** Canonical text, as `canonicalIp` gives. */
  readonly srcIp: string;
  /** The local port; of `icmp` sockets the echo identifier, of `raw` sockets the IP protocol number. */
  readonly srcPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
  readonly state: SocketState;
  /** In sockfs; 0 where the kernel holds no socket any more, or not yet. */
  readonly inode: number;
  readonly uid: number;
  /** Bytes waiting to be read; of a listener, connections waiting to be accepted. */
  readonly receiveQueue: number;
  readonly sendQueue: number;
}

/** One line of `/proc/net/unix` (the kernel's net/unix/af_unix.c, unix_seq_show). */
export interface UnixSocketRow {
  readonly type: "stream" | "dgram" | "seqpacket";
  readonly state: SocketState;
  readonly inode: number;
  /** The path it is bound to; an abstract name starts with `@`. Bytes as `decodeBytes` gives them. */
  readonly path?: string;
  /** The socket at the other end. Not in `/proc/net/unix`. */
  readonly peerInode?: number;
}

/** One line of `/proc/net/packet` (the kernel's net/packet/af_packet.c, packet_seq_show). */
export interface PacketSocketRow {
  readonly type: "raw" | "dgram" | "packet";
  /** 3 is every one (ETH_P_ALL). */
  readonly etherType: number;
  /** 0 is every one. */
  readonly interfaceIndex: number;
  readonly receiveQueue: number;
  readonly uid: number;
  readonly inode: number;
}
