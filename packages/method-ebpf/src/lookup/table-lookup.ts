import {
  type CheckedConnection,
  KERNEL_CONNECTION,
  type KernelOwnership,
  type Ownership,
  type ProcessIdentity,
  type SocketOwner,
} from "@procmon/core";
import type { KernelTables } from "@procmon/native";
import { SOCKET_FLAGS } from "../records/record-flags.ts";
import { ticksOf } from "../records/record-head.ts";
import type { DescribeProcess } from "../sockets/describe-holder.ts";
import type { Answer, KnownHolders } from "./known-holders.ts";
import type { OwnerEntries } from "./owner-entry.ts";
import { queryTcp } from "./table-match.ts";

/** Answers from the kernel's table of owners, at once. */
export interface TableLookup {
  /** Undefined where the table does not tell, or not whose it is. */
  ask(connection: CheckedConnection): Ownership | undefined;
  /** After `ask` gave nothing: the process that the entry names, where nothing has been read of it yet. */
  readonly unread: UnreadOwner | undefined;
  /** Who owns a connection that the kernel finishes alone, as its entry says. */
  lastOwner(connection: CheckedConnection): SocketOwner | undefined;
  readonly counters: { tableHits: number; tableReceivers: number };
}

/** The owner that the kernel had written down when it was asked. */
export interface UnreadOwner {
  readonly identity: ProcessIdentity;
  readonly answer: Answer;
}

/** What it works with. */
export interface TableLookupParts {
  readonly entries: OwnerEntries;
  readonly tables: KernelTables;
  readonly known: KnownHolders;
  readonly describe: DescribeProcess;
  readonly recall: DescribeProcess;
  /** False where no hook tells of datagram sockets that are connected: their entry may still be that of an unconnected one. @default true */
  readonly knowsConnected?: boolean | undefined;
  readonly hasForkedSince: ((identity: ProcessIdentity, time: bigint) => boolean) | undefined;
}

const KERNEL: KernelOwnership = { kind: "kernel", path: KERNEL_CONNECTION, via: "ebpf" };
const EXACT: Answer = { confidence: "exact", via: "ebpf" };
const DERIVED: Answer = { confidence: "derived", via: "ebpf" };
const OF_LISTENER: Answer = { confidence: "derived", via: "listener" };

/** Entries of these do not tell who the owner is. */
const UNSURE = SOCKET_FLAGS.shared | SOCKET_FLAGS.unknownOwner;

/** Makes a lookup in the table. */
export function createTableLookup(parts: TableLookupParts): TableLookup {
  const { entries, tables, known, describe, recall, hasForkedSince, knowsConnected = true } = parts;
  const { entry } = entries;
  const counters = { tableHits: 0, tableReceivers: 0 };
  let unread: UnreadOwner | undefined;

  function identityOf(): ProcessIdentity {
    return { pid: entry.pid(), startTime: ticksOf(entry.start()) };
  }

  function isUnsure(): boolean {
    return (entry.flags() & UNSURE) !== 0 || entry.sharers() > 0;
  }

  /** Who the entry says it is; undefined where that does not tell, or has ended. */
  function entryOwnership(answer: Answer): Ownership | undefined {
    if (entry.flags() & SOCKET_FLAGS.kernel) return KERNEL;
    if (isUnsure()) return undefined;
    const identity = identityOf();
    const owner = describe(identity);
    if (owner === undefined) {
      if (recall(identity) === undefined) unread = { identity, answer };
      return undefined;
    }
    const cookie = entry.cookie();
    if (known.has(cookie) || hasForkedSince?.(identity, entry.time())) return known.find(cookie, answer);
    return { kind: "process", confidence: answer.confidence, via: answer.via, owners: [owner] };
  }

  /**
   * A TCP connection without an entry is its listener's, unless the kernel has a socket for it that the table has lost, or is about to forget
   * it (TIME_WAIT).
   */
  function isListenersOwn(connection: CheckedConnection): boolean {
    const row = queryTcp(connection, tables);
    return row === undefined || row === null || row.state === "listen" || row.state === "syn-recv";
  }

  return {
    counters,
    get unread() {
      return unread;
    },
    ask(connection) {
      unread = undefined;
      if (entries.findExact(connection)) {
        const ownership = entryOwnership(entry.flags() & SOCKET_FLAGS.ofListener ? OF_LISTENER : EXACT);
        if (ownership) counters.tableHits++;
        return ownership;
      }
      if (!entries.findReceiver()) return undefined;
      const isOfListener = connection.protocol.startsWith("tcp") && connection.dstPort !== 0;
      if (!isOfListener && connection.dstPort !== 0 && !knowsConnected) return undefined;
      const ownership = entryOwnership(isOfListener ? OF_LISTENER : DERIVED);
      if (isOfListener && !isListenersOwn(connection)) {
        unread = undefined;
        return undefined;
      }
      if (ownership) counters.tableReceivers++;
      return ownership;
    },
    lastOwner(connection) {
      return entries.findExact(connection) && !isUnsure() ? recall(identityOf()) : undefined;
    },
  };
}
