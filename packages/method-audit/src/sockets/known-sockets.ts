import type { ProcessIdentity } from "@procmon/core";
import type { SocketEnd } from "./connection-of.ts";
import type { SocketKind } from "./socket-kind.ts";

/** What is known of a socket. One object for all descriptors and processes that are known to share it. */
export interface KnownSocket extends SocketKind {
  /** In sockfs. */
  inode?: number;
  /** Inode number of its network namespace, which a socket never leaves. */
  netns?: number;
  /** Where it was bound, if the port is known. */
  bound?: SocketEnd;
  /** To which address it was bound, where the kernel chose the port and that is not known. */
  boundIp?: string;
  /** It has been told that it listens. */
  isListening?: boolean;
  /** It has been told that it was accepted. */
  isAccepted?: boolean;
  /** To whom it has begun to connect without waiting for the end. */
  connectingTo?: string;
}

/**
 * Which descriptor of which process is which socket, as far as audit records tell: they tell of sockets that are made, not of those that are
 * closed, duplicated or passed on. So it is a memory, to be held against each record.
 */
export interface KnownSockets {
  get(process: ProcessIdentity, fd: number): KnownSocket | undefined;
  /** A process that had this pid before is forgotten. */
  set(process: ProcessIdentity, fd: number, socket: KnownSocket): void;
  delete(process: ProcessIdentity, fd: number): void;
  /** The child has what its parent has. What is known of the child already is newer, and stays. */
  forked(parent: ProcessIdentity, child: ProcessIdentity): void;
  ended(process: ProcessIdentity): void;
  /** Descriptors in all; those that processes have got from their parents and not changed since count once. */
  readonly size: number;
}

/** How much is remembered. */
export interface KnownSocketsOptions {
  /** Descriptors in all; the processes that were heard of longest ago make room. @default 65536 */
  readonly capacity?: number;
  /** Processes. @default 16384 */
  readonly processCapacity?: number;
  /** Descriptors of one process; those that were learned first make room. @default 1024 */
  readonly perProcess?: number;
}

/** Shared by processes until one of them changes it. */
interface Table {
  readonly sockets: Map<number, KnownSocket>;
  holders: number;
}

interface Entry {
  readonly startTime: bigint;
  table: Table;
}

/** Makes an empty memory. */
export function createKnownSockets(options: KnownSocketsOptions = {}): KnownSockets {
  const { capacity = 65_536, processCapacity = 16_384, perProcess = 1024 } = options;
  const processes = new Map<number, Entry>();
  let size = 0;

  function find({ pid, startTime }: ProcessIdentity): Entry | undefined {
    const entry = processes.get(pid);
    return entry?.startTime === startTime ? entry : undefined;
  }

  function drop(pid: number): void {
    const entry = processes.get(pid);
    if (entry === undefined) return;
    processes.delete(pid);
    if (--entry.table.holders === 0) size -= entry.table.sockets.size;
  }

  function makeRoom(): void {
    for (const pid of processes.keys()) {
      if (processes.size <= processCapacity && size <= capacity) return;
      drop(pid);
    }
  }

  function hold({ pid, startTime }: ProcessIdentity, table: Table): Entry {
    drop(pid);
    table.holders++;
    const entry = { startTime, table };
    processes.set(pid, entry);
    return entry;
  }

  /** The table of a process, for it alone to change; the process has been heard of last. */
  function ownTable(process: ProcessIdentity): Table {
    const entry = find(process) ?? hold(process, { sockets: new Map(), holders: 0 });
    if (entry.table.holders > 1) {
      entry.table.holders--;
      entry.table = { sockets: new Map(entry.table.sockets), holders: 1 };
      size += entry.table.sockets.size;
    }
    processes.delete(process.pid);
    processes.set(process.pid, entry);
    return entry.table;
  }

  function remove({ sockets }: Table, fd: number): void {
    if (sockets.delete(fd)) size--;
  }

  return {
    get size() {
      return size;
    },
    get: (process, fd) => find(process)?.table.sockets.get(fd),
    set(process, fd, socket) {
      const table = ownTable(process);
      remove(table, fd);
      for (const oldest of table.sockets.keys()) {
        if (table.sockets.size < perProcess) break;
        remove(table, oldest);
      }
      table.sockets.set(fd, socket);
      size++;
      makeRoom();
    },
    delete(process, fd) {
      if (find(process)?.table.sockets.has(fd)) remove(ownTable(process), fd);
    },
    forked(parent, child) {
      const inherited = find(parent)?.table;
      if (inherited === undefined || inherited.sockets.size === 0 || parent.pid === child.pid) return;
      const own = find(child)?.table.sockets;
      hold(child, inherited);
      if (own !== undefined) {
        const table = ownTable(child);
        for (const [fd, socket] of own) {
          remove(table, fd);
          table.sockets.set(fd, socket);
          size++;
        }
      }
      makeRoom();
    },
    ended(process) {
      if (find(process)) drop(process.pid);
    },
  };
}
