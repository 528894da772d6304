import type { CheckedConnection, Process, Procfs, SocketOwner } from "@procmon/core";
import type { SocketHints } from "../lookup/socket-hints.ts";
import type { AuditSocket } from "../normalize/normalized-event.ts";
import { connectionOf, type SocketEnds } from "./connection-of.ts";
import type { KnownSocket } from "./known-sockets.ts";
import { namespaceNow } from "./namespace-now.ts";
import type { SocketEvent } from "./seen-socket.ts";

/** A call that is about a socket of which something is known. */
export interface SocketCall {
  readonly event: Exclude<SocketEvent, AuditSocket>;
  readonly process: Process;
  readonly fd: number;
  readonly socket: KnownSocket;
}

/** Remembers for lookups what calls tell of sockets. */
export interface HintLearner {
  learn(call: SocketCall, ends: SocketEnds): void;
  /** The network namespace of the socket, else that of the process, as it was last known; undefined where neither is. */
  netnsOf(call: SocketCall): number | undefined;
}

/** Makes a learner. */
export function createHintLearner(procfs: Procfs, hints: SocketHints): HintLearner {
  function netnsOf({ socket, process }: SocketCall): number | undefined {
    if (socket.netns !== undefined) return socket.netns;
    const now = namespaceNow(procfs, process);
    if (now === undefined) return process.netns;
    socket.netns = now;
    return now;
  }

  return {
    netnsOf,
    learn(call, ends) {
      const { event, process, fd, socket } = call;
      const { inode } = socket;
      const { pid, startTime } = process;
      const holder = { pid, startTime, fd };
      if (inode !== undefined) hints.noteHolder(inode, holder, event.time);
      const plain = connectionOf(socket, ends);
      const netns = netnsOf(call);
      if (plain === undefined || netns === undefined || plain.protocol === "packet") return;
      const connection: CheckedConnection = { ...plain, netns };
      const owner = ownerOf(process);
      if (ends.local !== undefined)
        hints.noteConnection(connection, inode === undefined ? { owner } : { owner, inode });
      if (inode === undefined && ends.peer !== undefined) hints.notePeer(connection, { ...holder, since: event.time });
    },
  };
}

/** A process as the owner of a socket. */
export function ownerOf({ pid, startTime, comm, path }: Process): SocketOwner {
  return path === undefined ? { pid, startTime, comm } : { pid, startTime, comm, path };
}
