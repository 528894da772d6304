import {
  type CheckedConnection,
  connectionKey,
  type OwnerDescriber,
  type Ownership,
  type SocketEntry,
  type SocketHolder,
  type SocketOwner,
} from "@procmon/core";
import type { InetDiagRow, PacketDiagRow, UnixDiagRow } from "@procmon/native";
import { SOCKET_FLAGS } from "../records/record-flags.ts";
import { isInTables, type ListedSocket, type SocketList } from "../sockets/socket-list.ts";
import { bareUnixEntry, inetEntry, packetEntry, unixEntry } from "./listed-entry.ts";
import type { Unheld } from "./unheld-sockets.ts";
import type { NamespaceTables } from "./unheld-tables.ts";
import { createWaitingOwnership } from "./waiting-ownership.ts";

/** What a snapshot is made of. */
export interface SnapshotParts {
  readonly list: SocketList;
  readonly namespaces: readonly NamespaceTables[];
  readonly families: ReadonlySet<SocketEntry["family"]>;
  /** What is known of sockets that are in the tables and not in the list, by inode; one that is not here is closed. */
  readonly explained: ReadonlyMap<number, Unheld>;
  readonly describe: OwnerDescriber;
}

const UNHELD: Ownership = { kind: "none", reason: "unheld" };

/** Joins the list with the tables: first what processes hold, then what only the kernel has. */
export function* snapshotEntries(parts: SnapshotParts): Generator<SocketEntry, void, void> {
  const { list, namespaces, families, explained, describe } = parts;
  const unixRead = new Set<number>();
  for (const { netns, unix } of namespaces) if (unix) unixRead.add(netns);

  for (const socket of list.byInode.values()) {
    if (!families.has(socket.family) || !isInTables(socket)) continue;
    // The tables tell more of unix sockets.
    if (socket.family === "unix" && unixRead.has(socket.netns)) continue;
    const entry = entryOf(socket, ownershipOf(socket.holders, describe));
    if (entry) yield entry;
  }

  const unheldOwnership = createWaitingOwnership(list, describe);
  const mptcp = mptcpKeys(list);
  for (const { netns, inet, unix, packet } of namespaces) {
    for (const row of inet) {
      if (row.inode === 0) yield tableEntry(row, netns, unheldOwnership(row, netns));
      else if (!list.byInode.has(row.inode)) {
        const known = explained.get(row.inode);
        // The first subflow of MPTCP is in the list, by the inode of the socket that the application has.
        if (!known || mptcp?.has(connectionKey({ ...row, netns }))) continue;
        yield tableEntry(row, netns, unheldOf(known, describe));
      }
    }
    for (const row of unix ?? []) yield* unixEntries(row, netns, parts);
    for (const row of packet) {
      const known = list.byInode.has(row.inode) ? undefined : explained.get(row.inode);
      if (known) yield unheldPacketEntry(row, netns, unheldOf(known, describe));
    }
  }
}

function entryOf(socket: ListedSocket, ownership: Ownership): SocketEntry | undefined {
  if (socket.family === "inet") return inetEntry(socket, ownership);
  return socket.family === "packet" ? packetEntry(socket, ownership) : bareUnixEntry(socket, ownership);
}

function ownershipOf(holders: readonly SocketHolder[], describe: OwnerDescriber): Ownership {
  const owners: SocketOwner[] = [];
  for (const holder of holders) {
    const owner = describe(holder);
    if (owner) owners.push(owner);
  }
  const [first, ...others] = owners;
  if (!first) return UNHELD;
  return { kind: "process", confidence: "exact", via: "ebpf", owners: [first, ...others] };
}

function unheldOf(known: Unheld, describe: OwnerDescriber): Ownership {
  return "holders" in known ? ownershipOf(known.holders, describe) : known.ownership;
}

/** A unix socket, and the connections that wait for it to accept them, which have no inode yet. */
function* unixEntries(row: UnixDiagRow, netns: number, parts: SnapshotParts): Generator<SocketEntry, void, void> {
  const { list, explained, describe } = parts;
  const listed = list.byInode.get(row.inode);
  const known = listed ?? explained.get(row.inode);
  if (!known) return;
  const ownership = unheldOf(known, describe);
  yield unixEntry(row, netns, ownership);
  const waiting = row.waitingPeers ?? [];
  if (waiting.length === 0) return;
  const { type, name, cookie } = row;
  const embryo: UnixDiagRow = { type, state: "syn-sent", inode: 0, cookie, ...(name === undefined ? {} : { name }) };
  const theirs: Ownership =
    ownership.kind === "process" ? { ...ownership, confidence: "derived", via: "listener" } : ownership;
  for (let count = 0; count < waiting.length; count++) yield unixEntry(embryo, netns, theirs);
}

function tableEntry(row: InetDiagRow, netns: number, ownership: Ownership): SocketEntry {
  const { protocol, srcIp, srcPort, dstIp, dstPort, state, inode, uid, receiveQueue, sendQueue } = row;
  const connection: CheckedConnection = { protocol, srcIp, srcPort, dstIp, dstPort, netns };
  return { family: "inet", connection, state, inode, uid, netns, receiveQueue, sendQueue, ownership };
}

function unheldPacketEntry(row: PacketDiagRow, netns: number, ownership: Ownership): SocketEntry {
  const { type, etherType, interfaceIndex, receiveQueue, uid, inode } = row;
  return {
    family: "packet",
    type,
    etherType,
    interfaceIndex,
    receiveQueue,
    uid,
    inode,
    state: "unconnected",
    netns,
    ownership,
  };
}

function mptcpKeys(list: SocketList): ReadonlySet<string> | undefined {
  let keys: Set<string> | undefined;
  for (const { flags, connection } of list.byInode.values()) {
    if (!(flags & SOCKET_FLAGS.mptcp) || !connection) continue;
    keys ??= new Set();
    keys.add(connectionKey(connection));
  }
  return keys;
}
