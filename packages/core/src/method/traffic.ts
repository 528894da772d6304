import type { ConnectionTuple } from "../connection/connection-tuple.ts";
import type { SocketOwner } from "../connection/ownership.ts";

/** Payload of the sockets' own layer. Never falls while the method runs. */
export interface ByteCounts {
  readonly bytesSent: bigint;
  readonly bytesReceived: bigint;
}

/** What a connection has moved since it began, or the method started. */
export interface ConnectionTraffic extends ByteCounts {
  readonly connection: ConnectionTuple;
}

/** What one process has moved since the method started, also over sockets that are closed by now. */
export interface ProcessTraffic extends ByteCounts {
  readonly owner: SocketOwner;
  /** Those that live. */
  readonly connections: readonly ConnectionTraffic[];
}

/** Who moved how many bytes. */
export interface Traffic {
  /** When it was counted, in nanoseconds since the epoch. */
  readonly time: bigint;
  /** Each once, in any order; those that ended as long as the method remembers them. */
  readonly processes: readonly ProcessTraffic[];
}
