import type { MethodHost, Ownership, Process } from "@procmon/core";
import type { SocketHints } from "../lookup/socket-hints.ts";
import type { AuditAccept, AuditSocket, AuditSocketCall } from "../normalize/normalized-event.ts";
import { connectOutcome, errnoName } from "./connect-outcome.ts";
import { connectionOf, endOf, type SocketEnd, type SocketEnds } from "./connection-of.ts";
import { createFlowPeers } from "./flow-peers.ts";
import { createHintLearner, ownerOf, type SocketCall } from "./hint-learner.ts";
import type { KnownSocket, KnownSockets } from "./known-sockets.ts";
import type { SeenSocket, SocketEvent } from "./seen-socket.ts";
import { identifyAccepted, identifySocket } from "./socket-identification.ts";
import { AF_INET, AF_INET6, AF_PACKET, hasConnections, OF_ANOTHER_FAMILY, protocolOf } from "./socket-kind.ts";

/** Tells of connections. */
export interface ConnectionTeller {
  /** @param seen what the descriptor was seen to be, where that is the record's socket */
  tell(event: SocketEvent, process: Process, seen: SeenSocket | undefined): void;
  readonly counters: { unknownEnds: number };
}

/** What it works with. */
export interface ConnectionTellerParts {
  readonly host: MethodHost;
  readonly hints: SocketHints;
  readonly sockets: KnownSockets;
}

type Told = "connect" | "accept" | "listen" | "flow";

/** Makes a teller. */
export function createConnectionTeller({ host, hints, sockets }: ConnectionTellerParts): ConnectionTeller {
  const flows = createFlowPeers();
  const learner = createHintLearner(host.procfs, hints);
  const counters = { unknownEnds: 0 };

  function tellConnect(event: AuditSocketCall, process: Process, seen: SeenSocket | undefined): void {
    const outcome = connectOutcome(event.errno);
    const to = endOf(event.address);
    if (outcome === "none" || to === undefined) return;
    const socket = identifySocket(sockets, process, event, seen);
    const protocol = socket && protocolOf(socket);
    if (socket === undefined || protocol === undefined) return;
    const call = { event, process, fd: event.fd, socket };
    const ends = { local: boundEnd(seen?.local) ?? socket.bound, peer: seen?.peer ?? to };
    if (!hasConnections(protocol)) {
      if (outcome === "done") tellFlow(call, ends);
      return;
    }
    const peer = `${to.ip} ${to.port}`;
    // Who has begun without waiting may call once more to learn of the end: it is one connection.
    const isEnd = outcome === "done" && socket.connectingTo === peer;
    if (outcome === "begun") socket.connectingTo = peer;
    else delete socket.connectingTo;
    if (isEnd) return;
    tellAs("connect", call, ends, outcome === "failed" ? errnoName(event.errno) : undefined);
  }

  function tellListen(event: AuditSocketCall, process: Process, seen: SeenSocket | undefined): void {
    if (event.errno !== 0) return;
    const socket = identifySocket(sockets, process, event, seen);
    const protocol = socket && protocolOf(socket);
    if (socket === undefined || protocol === undefined || !hasConnections(protocol)) return;
    if (socket.isListening) {
      // Nobody saw that it is the same: most likely that one was closed, which leaves no record, and a listener of another family has its place.
      if (seen === undefined) sockets.set(process, event.fd, { ...OF_ANOTHER_FAMILY });
      return;
    }
    // Listeners of other families leave records, too: only one that was seen, or bound to an address of IP, is surely of IP.
    if (seen === undefined && socket.bound === undefined && socket.boundIp === undefined) return;
    socket.isListening = true;
    const local = boundEnd(seen?.local) ?? socket.bound;
    if (local !== undefined) socket.bound = local;
    tellAs("listen", { event, process, fd: event.fd, socket }, { local: local ?? askedEnd(socket) });
  }

  function tellAccept(event: AuditAccept, process: Process, seen: SeenSocket | undefined): void {
    if (event.errno !== 0 || event.fd === undefined) return;
    const listener = sockets.get(process, event.listenerFd);
    const before = sockets.get(process, event.fd);
    // What was seen too late was taken for the one that had its descriptor: a connection is accepted once.
    if (listener === undefined && before?.isAccepted && seen !== undefined && before.inode === seen.inode) return;
    const socket = identifyAccepted(sockets, process, event, seen);
    const protocol = socket && protocolOf(socket);
    if (socket === undefined || protocol === undefined || !hasConnections(protocol)) return;
    socket.isAccepted = true;
    const local = boundEnd(seen?.local) ?? listener?.bound ?? askedEnd(listener);
    const peer = seen?.peer ?? endOf(event.address);
    tellAs("accept", { event, process, fd: event.fd, socket }, { local, peer });
  }

  function noteBind(event: AuditSocketCall, process: Process, seen: SeenSocket | undefined): void {
    const to = endOf(event.address);
    if (event.errno !== 0 || to === undefined) return;
    const socket = identifySocket(sockets, process, event, seen);
    if (socket === undefined) return;
    const local = boundEnd(seen?.local) ?? boundEnd(to);
    if (local === undefined) {
      delete socket.bound;
      socket.boundIp = to.ip;
    } else {
      socket.bound = local;
      delete socket.boundIp;
    }
    const protocol = protocolOf(socket);
    // A socket of datagrams receives from now on.
    if (protocol !== undefined && !hasConnections(protocol)) {
      learner.learn({ event, process, fd: event.fd, socket }, { local });
    }
  }

  function tellSend(event: AuditSocketCall, process: Process, seen: SeenSocket | undefined): void {
    if (event.errno !== 0) return;
    const socket = identifySocket(sockets, process, event, seen);
    const protocol = socket && protocolOf(socket);
    // On a connection the address is not looked at.
    if (socket === undefined || protocol === undefined || hasConnections(protocol)) return;
    const ends = { local: boundEnd(seen?.local) ?? socket.bound, peer: endOf(event.address) };
    tellFlow({ event, process, fd: event.fd, socket }, ends);
  }

  function tellFlow(call: SocketCall, ends: SocketEnds): void {
    const connection = connectionOf(call.socket, ends);
    if (connection === undefined) return;
    const { protocol, dstIp, dstPort } = connection;
    // UDP sends nothing to port 0; a connect to it only asks for a route.
    if (protocol.startsWith("udp") && dstPort === 0) return;
    if (flows.isFirst(call.socket, `${dstIp} ${dstPort}`)) tellAs("flow", call, ends);
  }

  function tellAs(type: Told, call: SocketCall, ends: SocketEnds, error?: string): void {
    const { event, process, socket } = call;
    const owner = ownerOf(process);
    const plain = connectionOf(socket, ends);
    if (plain === undefined) return;
    const netns = learner.netnsOf(call);
    const connection = netns === undefined ? plain : { ...plain, netns };
    const known = { ...ends, local: boundEnd(ends.local) };
    if (error === undefined) learner.learn(call, known);
    if (known.local === undefined && plain.protocol !== "packet") counters.unknownEnds++;
    if (!host.wants(type)) return;
    const ownership: Ownership = { kind: "process", confidence: "exact", via: "audit", owners: [owner] };
    const told = { time: event.time, connection, ownership, process };
    if (type === "connect" && error !== undefined) host.emit({ type, ...told, error });
    else host.emit({ type, ...told });
  }

  return {
    counters,
    tell(event, process, seen) {
      switch (event.kind) {
        case "socket":
          return noteSocket(sockets, event, process, seen);
        case "bind":
          return noteBind(event, process, seen);
        case "listen":
          return tellListen(event, process, seen);
        case "connect":
          return tellConnect(event, process, seen);
        case "accept":
          return tellAccept(event, process, seen);
        case "send":
          return tellSend(event, process, seen);
      }
    },
  };
}

const FAMILIES: ReadonlySet<number> = new Set([AF_INET, AF_INET6, AF_PACKET]);

function noteSocket(sockets: KnownSockets, event: AuditSocket, process: Process, seen: SeenSocket | undefined): void {
  const { errno, fd, family, type, protocol } = event;
  if (errno !== 0) return;
  if (!FAMILIES.has(family)) {
    sockets.delete(process, fd);
    return;
  }
  const kind = { family, type, protocol };
  const { inode, netns } = seen ?? {};
  sockets.set(process, fd, {
    ...kind,
    ...(inode === undefined ? {} : { inode }),
    ...(netns === undefined ? {} : { netns }),
  });
}

/** Where a socket is bound, but for the port, which the kernel chose. */
function askedEnd(socket: KnownSocket | undefined): SocketEnd | undefined {
  return socket?.boundIp === undefined ? undefined : { ip: socket.boundIp, port: 0 };
}

/** An end without a port is not bound yet, or not any more. */
function boundEnd(end: SocketEnd | undefined): SocketEnd | undefined {
  return end === undefined || end.port === 0 ? undefined : end;
}
