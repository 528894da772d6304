import type { InetSocketEntry, Ownership, PacketSocketEntry, UnixSocketEntry } from "@procmon/core";
import { decodeBytes } from "@procmon/core";
import type { UnixDiagRow } from "@procmon/native";
import type { ListedSocket } from "../sockets/socket-list.ts";

/** SOCK_* of include/linux/net.h, as far as unix sockets have them. */
const UNIX_TYPES: ReadonlyMap<number, UnixSocketEntry["type"]> = new Map<number, UnixSocketEntry["type"]>([
  [1, "stream"],
  [2, "dgram"],
  [5, "seqpacket"],
]);

/** The same of packet sockets. */
const PACKET_TYPES: ReadonlyMap<number, PacketSocketEntry["type"]> = new Map<number, PacketSocketEntry["type"]>([
  [2, "dgram"],
  [3, "raw"],
  [10, "packet"],
]);

/** The entry of an IPv4 or IPv6 socket that somebody holds. */
export function inetEntry(socket: ListedSocket, ownership: Ownership): InetSocketEntry | undefined {
  const { connection, state, inode, uid, netns, receiveQueue, sendQueue } = socket;
  if (connection === undefined) return undefined;
  return { family: "inet", connection, state, inode, uid, netns, receiveQueue, sendQueue, ownership };
}

/** The entry of a packet socket that somebody holds. */
export function packetEntry(socket: ListedSocket, ownership: Ownership): PacketSocketEntry | undefined {
  const { state, inode, uid, netns, receiveQueue, interfaceIndex, protocol } = socket;
  const type = PACKET_TYPES.get(socket.type);
  if (type === undefined) return undefined;
  return {
    family: "packet",
    type,
    etherType: protocol,
    interfaceIndex,
    state,
    inode,
    uid,
    netns,
    receiveQueue,
    ownership,
  };
}

/** The entry of a unix socket of which there is no more to be known than the list tells. */
export function bareUnixEntry(socket: ListedSocket, ownership: Ownership): UnixSocketEntry | undefined {
  const { state, inode, uid, netns } = socket;
  const type = UNIX_TYPES.get(socket.type);
  return type === undefined ? undefined : { family: "unix", type, state, inode, uid, netns, ownership };
}

/** The entry of a unix socket, as the kernel's table has it. */
export function unixEntry(row: UnixDiagRow, netns: number, ownership: Ownership): UnixSocketEntry {
  const { type, state, inode, name, peerInode, uid, receiveQueue, sendQueue } = row;
  const entry: { -readonly [Key in keyof UnixSocketEntry]: UnixSocketEntry[Key] } = {
    family: "unix",
    type,
    state,
    inode,
    netns,
    ownership,
  };
  if (name !== undefined) entry.path = decodeBytes(name);
  if (peerInode) entry.peerInode = peerInode;
  if (uid !== undefined) entry.uid = uid;
  if (receiveQueue !== undefined) entry.receiveQueue = receiveQueue;
  if (sendQueue !== undefined) entry.sendQueue = sendQueue;
  return entry;
}
