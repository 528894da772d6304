import type { Process } from "@procmon/core";
import type { CapturedSocket } from "@procmon/native";
import type { AuditAccept, AuditSocket, AuditSocketCall, AuditSubject } from "../normalize/normalized-event.ts";
import type { SocketAddress } from "../normalize/socket-address.ts";

/** A pid that no process of this machine has. */
export const PROCESS: Process = {
  pid: 5_000_001,
  startTime: 100n,
  ppid: 1,
  comm: "curl",
  path: "/usr/bin/curl",
  netns: 4_026_531_840,
};

const SUBJECT: AuditSubject = {
  pid: PROCESS.pid,
  ppid: 1,
  uid: 0,
  euid: 0,
  suid: 0,
  gid: 0,
  egid: 0,
  sgid: 0,
  comm: "curl",
};

let serial = 0;

function base<Kind extends string>(kind: Kind) {
  serial++;
  return { kind, serial, time: BigInt(serial), complete: true, keys: [], subject: SUBJECT, syscall: kind, errno: 0 };
}

/** `127.0.0.1 80` or `::1 80`. */
export function addressOf(text: string): SocketAddress {
  const [ip = "", port] = text.split(" ");
  if (!ip.includes(":")) return { family: "inet", ip, port: Number(port) };
  return { family: "inet6", ip, port: Number(port), flowInfo: 0, scopeId: 0 };
}

export function socketMade(fd: number, family: number, type: number, protocol = 0): AuditSocket {
  return { ...base("socket"), fd, family, type, protocol };
}

export function called(kind: AuditSocketCall["kind"], fd: number, to?: string, errno = 0): AuditSocketCall {
  return { ...base(kind), fd, errno, ...(to === undefined ? {} : { address: addressOf(to) }) };
}

export function accepted(listenerFd: number, fd: number, from?: string): AuditAccept {
  return { ...base("accept"), listenerFd, fd, ...(from === undefined ? {} : { address: addressOf(from) }) };
}

/** A socket as it was captured: `tcp 10.0.0.1 40000 10.0.0.2 443`; without a peer, none is connected. */
export function captured(text: string, more: Partial<CapturedSocket> = {}): CapturedSocket {
  const [protocol = "", ip = "", port, peerIp, peerPort] = text.split(" ");
  return {
    family: ip.includes(":") ? 10 : 2,
    type: protocol === "tcp" ? 1 : 2,
    protocol: protocol === "tcp" ? 6 : 17,
    inode: 7,
    cookie: 1n,
    netns: 99,
    isListening: false,
    local: { ip, port: Number(port) },
    ...(peerIp === undefined ? {} : { peer: { ip: peerIp, port: Number(peerPort) } }),
    ...more,
  };
}
