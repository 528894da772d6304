import type { InetTable, ProcessIdentity } from "@procmon/core";
import type { AuditAccept, AuditSocketCall } from "../normalize/normalized-event.ts";
import { isOfHandshake } from "./connect-outcome.ts";
import { endOf, familyOf } from "./connection-of.ts";
import type { KnownSocket, KnownSockets } from "./known-sockets.ts";
import { fitsFamily, type SeenSocket, type SocketEvent } from "./seen-socket.ts";
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  OF_ANOTHER_FAMILY,
  protocolOf,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  type SocketKind,
} from "./socket-kind.ts";

/**
 * The socket that a call is about, which is remembered: what it was seen to be, else what is known of the descriptor, else what the call lets one
 * conclude. Undefined where nothing tells.
 *
 * @param seen only where it is the record's (`isSocketOf`)
 */
export function identifySocket(
  sockets: KnownSockets,
  process: ProcessIdentity,
  event: AuditSocketCall,
  seen: SeenSocket | undefined,
): KnownSocket | undefined {
  const { fd } = event;
  const known = sockets.get(process, fd);
  if (seen) {
    if (known && isSame(known, seen)) return note(known, seen);
    return remember(sockets, process, fd, note({ ...kindOfSeen(seen) }, seen));
  }
  if (known && event.kind === "listen") return known;
  if (known && (fitsFamily(event, known) || isPacket(event, known))) return known;
  const concluded = concludeKind(event);
  if (concluded) return remember(sockets, process, fd, concluded);
  if (known) sockets.delete(process, fd);
  return undefined;
}

/** The socket of a connection that was accepted. It is like its listener; without one that is known, the peer's address tells of what kind it is. */
export function identifyAccepted(
  sockets: KnownSockets,
  process: ProcessIdentity,
  event: AuditAccept,
  seen: SeenSocket | undefined,
): KnownSocket | undefined {
  if (event.fd === undefined) return undefined;
  const listener = sockets.get(process, event.listenerFd);
  const family = familyOf(event.address);
  const isOther = listener?.family === OF_ANOTHER_FAMILY.family && family === undefined;
  const socket: KnownSocket | undefined = isOther
    ? undefined
    : seen
      ? note({ ...kindOfSeen(seen) }, seen)
      : listener !== undefined && (family === undefined ? listener.isListening === true : listener.family === family)
        ? { family: listener.family, type: listener.type, protocol: listener.protocol }
        : family === undefined
          ? undefined
          : { family, type: SOCK_STREAM, protocol: 0 };
  if (socket === undefined) {
    // A listener of another family has given it.
    sockets.delete(process, event.fd);
    return undefined;
  }
  if (socket.netns === undefined && listener?.netns !== undefined) socket.netns = listener.netns;
  return remember(sockets, process, event.fd, socket);
}

/** The tables in which a socket may be that was not seen: by what is known of it, else by what was called. */
export function tablesFor(event: SocketEvent, known: SocketKind | undefined): readonly InetTable[] {
  const protocol = known && protocolOf(known);
  if (protocol === "sctp" || protocol === "packet") return [];
  if (protocol) return [protocol];
  const address = event.kind === "socket" ? undefined : event.address;
  const family = familyOf(address);
  if (address !== undefined && family === undefined) return [];
  switch (event.kind) {
    case "socket":
      return [];
    case "listen":
    case "accept":
      return family === undefined ? ["tcp", "tcp6"] : family === AF_INET6 ? ["tcp6"] : ["tcp"];
    case "send":
    case "bind":
      return family === AF_INET6 ? ["udp6", "raw6"] : ["udp", "udp6", "icmp", "raw"];
    case "connect":
      return family === AF_INET6 ? ["tcp6", "udp6"] : ["tcp", "udp", "udp6", "raw"];
  }
}

/**
 * What a socket is of which only the call is known. A connect shows TCP where it gave what only a handshake gives; a success without a port, or
 * with that of DNS, is most likely one of UDP, by which libraries find out about routes and ask name servers; any other is taken for TCP.
 */
function concludeKind({ kind, address, errno }: AuditSocketCall): KnownSocket | undefined {
  const to = endOf(address);
  if (kind === "send" && address?.family === "packet") {
    return { family: AF_PACKET, type: SOCK_RAW, protocol: address.etherType };
  }
  if (to === undefined || (kind !== "connect" && kind !== "send")) return undefined;
  const family = familyOf(address) ?? AF_INET;
  if (kind === "send") return { family, type: SOCK_DGRAM, protocol: 0 };
  const isDatagram = !isOfHandshake(errno) && (to.port === 0 || to.port === DNS_PORT);
  return { family, type: isDatagram ? SOCK_DGRAM : SOCK_STREAM, protocol: 0 };
}

const DNS_PORT = 53;

function isPacket({ address }: AuditSocketCall, known: SocketKind): boolean {
  return address?.family === "packet" && known.family === AF_PACKET;
}

function isSame(known: KnownSocket, seen: SeenSocket): boolean {
  if (known.inode !== undefined && known.inode !== seen.inode) return false;
  if (known.family !== seen.family || known.type !== seen.type) return false;
  return known.protocol === 0 || known.protocol === seen.protocol;
}

function kindOfSeen({ family, type, protocol }: SeenSocket): SocketKind {
  return { family, type, protocol };
}

function note(socket: KnownSocket, { inode, netns }: SeenSocket): KnownSocket {
  socket.inode = inode;
  if (netns !== undefined) socket.netns = netns;
  return socket;
}

function remember(sockets: KnownSockets, process: ProcessIdentity, fd: number, socket: KnownSocket): KnownSocket {
  sockets.set(process, fd, socket);
  return socket;
}
