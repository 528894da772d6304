import {
  type CheckedConnection,
  connectionKey,
  ipv4OfMapped,
  isSameProcess,
  type ProcessIdentity,
  type SocketHolder,
  type SocketOwner,
} from "@procmon/core";
import { createRecentForks, type RecentForks } from "./recent-forks.ts";
import { createRecentMap } from "./recent-map.ts";

/** Who held a socket, and when that was surely so. */
export interface SocketHint {
  /** All that held it, as far as is known. Empty where there are more than are known. */
  readonly holders: readonly SocketHolder[];
  /** Nanoseconds since the epoch. Who has forked since may have given it to a child. */
  readonly since: bigint;
  /** Milliseconds of `performance.now()` when it was learned. */
  readonly learnedAt: number;
  /** The last pid that had been given away before the search that told of them; absent where a record did. */
  readonly lastPid?: number;
}

/** Who had a connection last. */
export interface ConnectionHint {
  readonly owner: SocketOwner;
  /** The socket; absent where it is not known. */
  readonly inode?: number;
}

/** A process that has connected to a peer, from an end that is not known. */
export interface PeerHint extends ProcessIdentity {
  readonly fd: number;
  readonly since: bigint;
}

/**
 * What audit records and searches have told of sockets. Memories, not answers: whoever reads them checks them. Each kind holds so many at most, and those
 * that were neither learned nor asked for lately make room.
 */
export interface SocketHints {
  /** A record tells that this process uses the socket. One that others are known to hold is held by more than are known. */
  noteHolder(inode: number, holder: SocketHolder, since: bigint): void;
  /** A search tells that these, and no others, hold the socket. */
  setHolders(inode: number, hint: Omit<SocketHint, "learnedAt">): void;
  noteConnection(connection: CheckedConnection, hint: ConnectionHint): void;
  /** The connection's own end is not known. */
  notePeer(connection: CheckedConnection, hint: PeerHint): void;
  readonly forks: RecentForks;
  ofSocket(inode: number): SocketHint | undefined;
  ofConnection(connection: CheckedConnection): ConnectionHint | undefined;
  /** The latest first. */
  ofPeer(connection: CheckedConnection): readonly PeerHint[];
  /**
   * Records before that time may be missing, those of forks among them: what was learned until then has to be searched for again.
   *
   * @param time nanoseconds since the epoch
   */
  distrust(time: bigint): void;
  clear(): void;
  stats(): Readonly<Record<string, number>>;
}

/** How much is remembered. */
export interface SocketHintsOptions {
  /** Of each kind. @default 16384 */
  readonly capacity?: number;
}

/** Processes that are remembered of one peer. */
const PER_PEER = 16;

/** Makes an empty memory. */
export function createSocketHints({ capacity = 16_384 }: SocketHintsOptions = {}): SocketHints {
  const sockets = createRecentMap<number, SocketHint>(capacity);
  const connections = createRecentMap<string, ConnectionHint>(capacity);
  const peers = createRecentMap<string, readonly PeerHint[]>(capacity);
  let trustedSince = 0n;

  function setHolders(inode: number, hint: Omit<SocketHint, "learnedAt">): void {
    sockets.set(inode, { ...hint, learnedAt: performance.now() });
  }

  return {
    forks: createRecentForks(),
    setHolders,
    noteHolder(inode, holder, since) {
      const known = sockets.get(inode);
      if (known === undefined || known.since <= trustedSince) setHolders(inode, { holders: [holder], since });
      else if (!known.holders.some((each) => isSameProcess(each, holder))) setHolders(inode, { holders: [], since });
    },
    noteConnection(connection, hint) {
      connections.set(connectionKey(connection), hint);
    },
    notePeer(connection, hint) {
      const key = peerKey(connection);
      const others = (peers.get(key) ?? []).filter((each) => !isSameProcess(each, hint) || each.fd !== hint.fd);
      peers.set(key, [hint, ...others.slice(0, PER_PEER - 1)]);
    },
    ofSocket(inode) {
      const hint = sockets.get(inode);
      return hint !== undefined && hint.since > trustedSince ? hint : undefined;
    },
    ofConnection: (connection) => connections.get(connectionKey(connection)),
    ofPeer: (connection) => (peers.get(peerKey(connection)) ?? []).filter(({ since }) => since > trustedSince),
    distrust(time) {
      if (time > trustedSince) trustedSince = time;
    },
    clear() {
      sockets.clear();
      connections.clear();
      peers.clear();
    },
    stats: () => ({
      hintSockets: sockets.size,
      hintConnections: connections.size,
      hintPeers: peers.size,
      hintEvictions: sockets.evictions + connections.evictions + peers.evictions,
    }),
  };
}

/** The key of a connection whose own end does not count. */
function peerKey(connection: CheckedConnection): string {
  const { dstIp } = connection;
  const isIpv6 = dstIp.includes(":") && ipv4OfMapped(dstIp) === undefined;
  return connectionKey({ ...connection, srcIp: isIpv6 ? "::" : "0.0.0.0", srcPort: 0 });
}
