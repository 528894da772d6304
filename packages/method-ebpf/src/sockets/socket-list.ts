import type { CheckedConnection, Protocol, SocketEntry, SocketHolder, SocketState } from "@procmon/core";
import { stateName } from "@procmon/native";
import { createAddressTexts } from "../records/address-text.ts";
import { HOLDER_RECORD } from "../records/holder-record.ts";
import { forEachListed } from "../records/listed-records.ts";
import { HEAD, ticksOf } from "../records/record-head.ts";
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_UNIX,
  decodeEnds,
  ENDS_FAMILY,
  ENDS_NETNS,
  ENDS_PROTOCOL,
  ENDS_TYPE,
} from "../records/socket-ends.ts";
import { readCookie } from "../records/socket-record.ts";
import { addHolder } from "./add-holder.ts";

/** A socket that processes hold. */
export interface ListedSocket {
  readonly family: SocketEntry["family"];
  /** SOCK_*. */
  readonly type: number;
  /** Of an inet socket. */
  readonly connection: CheckedConnection | undefined;
  /** IPPROTO_*, or the EtherType. */
  readonly protocol: number;
  /** RECORD_FLAG_*. */
  readonly flags: number;
  /** 0 where the kernel has not given it one. */
  readonly cookie: number;
  readonly inode: number;
  readonly netns: number;
  readonly state: SocketState;
  readonly uid: number;
  readonly receiveQueue: number;
  readonly sendQueue: number;
  readonly interfaceIndex: number;
  /** Lowest pid first. */
  readonly holders: readonly SocketHolder[];
}

/** Every socket that some process had a descriptor of. */
export interface SocketList {
  /** By inode, in the order in which they were found. */
  readonly byInode: ReadonlyMap<number, ListedSocket>;
  /** Processes of each network namespace that has sockets: those that hold sockets of it, and so may well be in it. */
  readonly namespaces: ReadonlyMap<number, ReadonlySet<number>>;
}

/** SOCK_STREAM of include/linux/net.h. */
const SOCK_STREAM = 1;

/** IPPROTO_TCP and IPPROTO_MPTCP: what is told of a connection by MPTCP is that of its first subflow, where it has one. */
const TCP = 6;
const MPTCP = 262;

/** Processes kept of each network namespace. */
const MAX_MEMBERS = 8;

const FAMILIES: ReadonlyMap<number, SocketEntry["family"]> = new Map<number, SocketEntry["family"]>([
  [AF_UNIX, "unix"],
  [AF_INET, "inet"],
  [AF_INET6, "inet"],
  [AF_PACKET, "packet"],
]);

type Growing = ListedSocket & { readonly holders: SocketHolder[] };

/**
 * Reads what the iterator of descriptors wrote. Sockets of other families are left out, and those that core has no word for.
 *
 * @param only the inodes of those that are wanted; of the others nothing is kept. @default all
 */
export function readSocketList(bytes: Uint8Array, only?: ReadonlySet<number>): SocketList {
  const texts = createAddressTexts();
  const byInode = new Map<number, Growing>();
  const namespaces = new Map<number, Set<number>>();
  // A process's descriptors follow each other: what they share is made once.
  let lastPid = -1;
  let lastStart = -1;
  let startTime = 0n;
  let lastNetns = -1;

  forEachListed(bytes, (view, at, length) => {
    if (length < HOLDER_RECORD.bytes) return;
    const inode = view.getUint32(at + HOLDER_RECORD.inode, true);
    const pid = view.getUint32(at + HEAD.pid, true);
    if (inode === 0 || pid === 0) return;
    // The low half changes with every start.
    const start = view.getUint32(at + HEAD.start, true);
    const netns = view.getUint32(at + HOLDER_RECORD.ends + ENDS_NETNS, true);
    if (pid !== lastPid || start !== lastStart || netns !== lastNetns) {
      startTime = ticksOf(view.getBigUint64(at + HEAD.start, true));
      lastPid = pid;
      lastStart = start;
      lastNetns = netns;
      noteMember(namespaces, netns, pid);
    }
    if (only !== undefined && !only.has(inode)) return;
    let socket = byInode.get(inode);
    if (socket === undefined) {
      socket = readSocket(view, at, inode);
      if (socket === undefined) return;
      byInode.set(inode, socket);
    }
    const fd = view.getUint32(at + HOLDER_RECORD.fd, true);
    const tid = view.getUint32(at + HEAD.tid, true);
    addHolder(socket.holders, tid === pid ? { pid, startTime, fd } : { pid, startTime, fd, tid });
  });
  return { byInode, namespaces };

  function readSocket(view: DataView, at: number, inode: number): Growing | undefined {
    const ends = at + HOLDER_RECORD.ends;
    const family = FAMILIES.get(view.getUint16(ends + ENDS_FAMILY, true));
    if (family === undefined) return undefined;
    const protocol = view.getUint16(ends + ENDS_PROTOCOL, true);
    const type = view.getUint32(ends + ENDS_TYPE, true);
    // A raw socket may be for any protocol.
    const isTcp = family === "inet" && type === SOCK_STREAM && (protocol === TCP || protocol === MPTCP);
    const state = stateName(view.getUint32(at + HOLDER_RECORD.state, true), isTcp);
    const connection = family === "inet" ? decodeEnds(view, ends, texts) : undefined;
    if (state === undefined || (family === "inet" && connection === undefined)) return undefined;
    return {
      family,
      type,
      connection,
      protocol,
      flags: view.getUint16(at + HEAD.flags, true),
      cookie: readCookie(view, at + HOLDER_RECORD.cookie),
      inode,
      netns: view.getUint32(ends + ENDS_NETNS, true),
      state,
      uid: view.getUint32(at + HOLDER_RECORD.socket_uid, true),
      receiveQueue: view.getUint32(at + HOLDER_RECORD.receive_queue, true),
      sendQueue: view.getUint32(at + HOLDER_RECORD.send_queue, true),
      interfaceIndex: view.getUint32(at + HOLDER_RECORD.interface_index, true),
      holders: [],
    };
  }
}

/** True for a socket that `/proc/net` lists: not one of TCP that is closed, nor one of datagrams that has no port yet. */
export function isInTables({ connection, state }: ListedSocket): boolean {
  if (connection === undefined) return true;
  return state !== "close" && (connection.srcPort !== 0 || isRaw(connection.protocol));
}

function isRaw(protocol: Protocol): boolean {
  return protocol === "raw" || protocol === "raw6";
}

function noteMember(namespaces: Map<number, Set<number>>, netns: number, pid: number): void {
  const members = namespaces.get(netns);
  if (members === undefined) namespaces.set(netns, new Set([pid]));
  else if (members.size < MAX_MEMBERS) members.add(pid);
}
