import type { CapturedSocket } from "@procmon/native";
import type { AuditAccept, AuditSocket, AuditSocketCall } from "../normalize/normalized-event.ts";
import { endOf, familyOf, fitsAddress, type SocketEnd } from "./connection-of.ts";
import type { KnownSocket } from "./known-sockets.ts";
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM, type SocketKind } from "./socket-kind.ts";

/** What a descriptor was, some time after the call that a record tells of: it may be another socket by then. */
export type SeenSocket = Omit<CapturedSocket, "cookie">;

/** The events that are about sockets. */
export type SocketEvent = AuditSocket | AuditSocketCall | AuditAccept;

/**
 * True if what was seen is the socket that the record is about: nothing that the record tells speaks against it, and something that another
 * socket would hardly share speaks for it, its peer, its port, or that it is the one that was known there.
 */
export function isSocketOf(event: SocketEvent, seen: SeenSocket, known: KnownSocket | undefined): boolean {
  if (seen.family !== AF_INET && seen.family !== AF_INET6) return false;
  const isKnown = known?.inode !== undefined && known.inode === seen.inode;
  const isOther = known?.inode !== undefined && known.inode !== seen.inode;
  switch (event.kind) {
    case "socket":
      return isAsAskedFor(event, seen);
    case "bind":
      return fitsFamily(event, seen) && isBoundBy(seen, endOf(event.address));
    case "listen":
      return seen.isListening && !isOther;
    case "accept":
      return isAccepted(event, seen, known);
    case "connect": {
      const to = endOf(event.address);
      if (!fitsFamily(event, seen) || to === undefined) return false;
      if (seen.peer !== undefined) return fitsAddress(seen.peer, to);
      // One that is connected has a peer, unless its connection broke off meanwhile; one on its way has none yet, and one that failed has none.
      return event.errno === 0 ? isKnown : !isOther && !seen.isListening;
    }
    case "send":
      return fitsFamily(event, seen) && !isOther && (seen.type === SOCK_DGRAM || seen.type === SOCK_RAW);
  }
}

/** True for an address that such a socket can be given. IPv6 sockets of datagrams take addresses of IPv4, too. */
export function fitsFamily({ address }: AuditSocketCall, { family, type }: SocketKind): boolean {
  const given = familyOf(address);
  return given === family || (given === AF_INET && family === AF_INET6 && (type === SOCK_DGRAM || type === SOCK_RAW));
}

function isAsAskedFor({ family, type, protocol }: AuditSocket, seen: SeenSocket): boolean {
  return seen.family === family && seen.type === type && (protocol === 0 || protocol === seen.protocol);
}

/** A port 0 leaves the choice to the kernel. */
function isBoundBy({ local }: SeenSocket, asked: SocketEnd | undefined): boolean {
  if (local === undefined || asked === undefined || local.port === 0) return false;
  return fitsAddress(local, asked.port === 0 ? { ip: asked.ip, port: local.port } : asked);
}

function isAccepted({ address }: AuditAccept, seen: SeenSocket, listener: KnownSocket | undefined): boolean {
  if (seen.isListening || seen.type !== SOCK_STREAM || seen.local === undefined) return false;
  const from = endOf(address);
  if (from !== undefined) return seen.peer !== undefined && fitsAddress(seen.peer, from);
  // Nobody asked from where it came: then only the listener's port tells that it is this one.
  return listener?.bound === undefined || listener.bound.port === seen.local.port;
}
