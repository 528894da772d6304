import type { MethodHost, Process, ProcessIdentity } from "@procmon/core";
import { createNamespaceDoors } from "../lookup/namespace-doors.ts";
import type { SocketHints } from "../lookup/socket-hints.ts";
import type { NativeAccess } from "../native-access.ts";
import type { ArrivalReading } from "../source/arrival-reading.ts";
import { createConnectionTeller } from "./connection-teller.ts";
import { createKnownSockets } from "./known-sockets.ts";
import { type AskedSocket, createLivingSockets } from "./living-sockets.ts";
import { namespaceNow } from "./namespace-now.ts";
import { isSocketOf, type SeenSocket, type SocketEvent } from "./seen-socket.ts";
import { tablesFor } from "./socket-identification.ts";

/** Makes events of what processes do with sockets, and hints for lookups. */
export interface ConnectionEvents {
  /**
   * @param process who called, at the time of the event
   * @param reading what was read of it when the record arrived; without a socket in it, the living process is looked at, and the event is told
   * some milliseconds later, so that many of them share one reading of the socket tables. The order of events stays.
   */
  apply(event: SocketEvent, process: Process, reading?: ArrivalReading): void;
  /** The child has the descriptors of its parent. */
  forked(parent: ProcessIdentity, child: ProcessIdentity): void;
  /** Tells first what still waits about the process: call it before its exec is told. */
  replaced(process: ProcessIdentity): void;
  /** As `replaced`, before its exit is told. */
  ended(process: ProcessIdentity): void;
  /** Tells at once what waits. */
  flush(): void;
  stats(): Readonly<Record<string, number>>;
  /** Tells what waits, and gives everything back. */
  stop(): void;
}

/** What it works with. */
export interface ConnectionEventParts {
  readonly host: MethodHost;
  readonly hints: SocketHints;
  /** For quicker tables. */
  readonly native?: NativeAccess | undefined;
}

/** Something to be done in its turn. */
interface Waiting {
  /** The socket that has to be looked for before. */
  readonly asked?: AskedSocket | undefined;
  /** Of which process. */
  readonly pid: number;
  run(found: SeenSocket | undefined): void;
}

/** Milliseconds for which events wait for others, to share the reading of tables. */
const WAIT_MS = 10;

/** Milliseconds after which events are told, with the own end unknown, where the tables are so large that it is not yet time to read them again. */
const MAX_WAIT_MS = 250;

/** So many wait at most. */
const MAX_WAITING = 4096;

/** Makes the events of a host. */
export function createConnectionEvents({ host, hints, native }: ConnectionEventParts): ConnectionEvents {
  const sockets = createKnownSockets();
  const teller = createConnectionTeller({ host, hints, sockets });
  const doors = createNamespaceDoors({ procfs: host.procfs, mayList: false });
  const tables = native?.createKernelTables(doors);
  const living = createLivingSockets(host.procfs, tables);
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const turn = waiting;
    waiting = [];
    const found = living.find(turn.flatMap(({ asked }) => asked ?? []));
    for (const { asked, run } of turn) run(asked && found.get(asked.inode));
  }

  function flushFor(process: ProcessIdentity): void {
    if (waiting.some(({ pid }) => pid === process.pid)) flush();
  }

  /** Does it now, or after what waits. */
  function enqueue(next: Waiting): void {
    if (waiting.length === 0 && next.asked === undefined) {
      next.run(undefined);
      return;
    }
    waiting.push(next);
    if (waiting.length >= MAX_WAITING) flush();
    else timer ??= setTimeout(flush, Math.min(MAX_WAIT_MS, Math.max(WAIT_MS, living.restMs()))).unref();
  }

  function ask(event: SocketEvent, process: Process): AskedSocket | undefined {
    const { fd } = event;
    if (fd === undefined || !mayTell(event)) return undefined;
    const known = sockets.get(process, event.kind === "accept" ? event.listenerFd : fd);
    const candidates = tablesFor(event, known);
    const inode = candidates.length > 0 ? living.inodeAt(process, fd) : undefined;
    if (inode === undefined) return undefined;
    const netns = known?.netns ?? namespaceNow(host.procfs, process) ?? process.netns;
    if (netns !== undefined) doors.note(netns, process.pid);
    return { inode, pid: process.pid, netns, tables: candidates };
  }

  return {
    apply(event, process, reading) {
      const captured = reading?.socket;
      const asked = captured === undefined ? ask(event, process) : undefined;
      enqueue({
        asked,
        pid: process.pid,
        run(found) {
          const seen = captured ?? found;
          const known = sockets.get(process, event.kind === "accept" ? event.listenerFd : event.fd);
          teller.tell(event, process, seen !== undefined && isSocketOf(event, seen, known) ? seen : undefined);
        },
      });
    },
    forked(parent, child) {
      hints.forks.note(child.pid);
      enqueue({ pid: child.pid, run: () => sockets.forked(parent, child) });
    },
    replaced: flushFor,
    ended(process) {
      flushFor(process);
      enqueue({ pid: process.pid, run: () => sockets.ended(process) });
    },
    flush,
    stats: () => ({ ...living.counters, ...teller.counters, knownSockets: sockets.size }),
    stop() {
      flush();
      tables?.close();
    },
  };
}

/** True where something would be told, so that it pays to look for the socket. */
function mayTell(event: SocketEvent): boolean {
  return event.kind !== "socket" && (event.kind === "connect" || event.errno === 0);
}
