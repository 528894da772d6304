import type { ConnectionTuple } from "../connection/connection-tuple.ts";
import type { Ownership } from "../connection/ownership.ts";

/** The states of a socket, as `ss` and `include/net/tcp_states.h` name them. `unconnected` is TCP_CLOSE of a datagram socket. */
export type SocketState =
  | "established"
  | "syn-sent"
  | "syn-recv"
  | "fin-wait-1"
  | "fin-wait-2"
  | "time-wait"
  | "close"
  | "close-wait"
  | "last-ack"
  | "listen"
  | "closing"
  | "unconnected";

interface SocketEntryBase {
  readonly state: SocketState;
  /** The inode in sockfs; 0 where the kernel holds no socket any more, or not yet (TIME_WAIT, SYN_RECV, not accepted). */
  readonly inode: number;
  /** Effective uid of the socket's creator. Absent where the kernel does not tell. */
  readonly uid?: number;
  /** The network namespace's inode number. */
  readonly netns?: number;
  /** Bytes waiting to be read; of a listener, connections waiting to be accepted. */
  readonly receiveQueue?: number;
  /** Bytes not yet acknowledged. */
  readonly sendQueue?: number;
  readonly ownership: Ownership;
}

/** An IPv4 or IPv6 socket. */
export interface InetSocketEntry extends SocketEntryBase {
  readonly family: "inet";
  readonly connection: ConnectionTuple;
}

/** A unix socket (unix(7)). */
export interface UnixSocketEntry extends SocketEntryBase {
  readonly family: "unix";
  readonly type: "stream" | "dgram" | "seqpacket";
  /** The path it is bound to; an abstract name starts with `@`. */
  readonly path?: string;
  /** The socket at the other end of the connection, by its inode; absent where the source does not tell. */
  readonly peerInode?: number;
}

/** A packet socket (packet(7)). */
export interface PacketSocketEntry extends SocketEntryBase {
  readonly family: "packet";
  readonly type: "raw" | "dgram" | "packet";
  /** The EtherType it receives, for example 0x0800; 3 is every one (ETH_P_ALL). */
  readonly etherType: number;
  /** The index of the interface it is bound to; 0 is every one. */
  readonly interfaceIndex: number;
}

/** A socket with its owner. */
export type SocketEntry = InetSocketEntry | UnixSocketEntry | PacketSocketEntry;

/** How much of the machine could be looked at. */
export interface Visibility {
  /** Processes whose descriptors may be read. */
  readonly pidsReadable: number;
  /** Processes that `/proc` shows. */
  readonly pidsTotal: number;
  /** What hides the rest, in words for the user, for example `hidepid=2 on /proc`. Empty where nothing does. */
  readonly hiddenBy: readonly string[];
}

/** All sockets at one moment. */
export interface Snapshot {
  readonly method: string;
  readonly visibility: Visibility;
  readonly sockets: readonly SocketEntry[];
}
