import {
  type CheckedConnection,
  type Ownership,
  type ProcessIdentity,
  type Procfs,
  readExeLink,
  type SocketOwner,
} from "@procmon/core";
import type { BpfMap, KernelTables } from "@procmon/native";
import type { DescribeProcess } from "../sockets/describe-holder.ts";
import type { SocketList } from "../sockets/socket-list.ts";
import { createClosedConnections } from "./closed-connections.ts";
import { createHolderLookup } from "./holder-lookup.ts";
import { createKnownHolders } from "./known-holders.ts";
import { createOwnerEntries } from "./owner-entry.ts";
import { createTableLookup, type UnreadOwner } from "./table-lookup.ts";

/** Finds the owners of connections. */
export interface OwnerLookup {
  find(connection: CheckedConnection): Promise<Ownership>;
  /** Remembers who owned a connection that is over. */
  noteClosed(connection: CheckedConnection, owner: SocketOwner): void;
  /**
   * Remembers which sockets of a list several processes hold. To be called with each list that is made, above all with the first one.
   *
   * @param began when the list was begun, in nanoseconds of CLOCK_BOOTTIME
   */
  learn(list: SocketList, began: bigint): void;
  /** For `MonitorMethod.stats`. */
  stats(): Readonly<Record<string, number>>;
}

/** What it works with. */
export interface OwnerLookupParts {
  readonly procfs: Procfs;
  /** The kernel's table of owners. */
  readonly owners: Pick<BpfMap, "lookup" | "valueSize">;
  readonly tables: KernelTables;
  /** Names a process that lives. */
  readonly describe: DescribeProcess;
  /** Names a process that may have ended. @default as `describe` */
  readonly recall?: DescribeProcess;
  /** Reads now what the kernel has told until now: the processes of earlier events are known then. */
  flush(): Promise<unknown>;
  /** True while what `describe` knows may be outdated, until the next `flush`. Asked with each answer. @default never */
  isOutdated?(): boolean;
  /** True if this very process has forked, and that has not been read. Asked only while something is outdated. @default never */
  hasUnreadFork?(identity: ProcessIdentity): boolean;
  /** A list of sockets that is begun after the call. */
  search(): Promise<SocketList>;
  /**
   * True if the process has forked since, in nanoseconds of CLOCK_BOOTTIME: then others may hold what it held, and the table names but one.
   *
   * @default never
   */
  hasForkedSince?(identity: ProcessIdentity, time: bigint): boolean;
  /** See `TableLookupParts`. @default true */
  readonly knowsConnected?: boolean;
  /** The time, by the same clock. */
  now(): bigint;
}

/** Makes a lookup that asks the kernel's table first, and searches where that does not settle it. */
export function createOwnerLookup(parts: OwnerLookupParts): OwnerLookup {
  const { procfs, tables, describe, recall = describe, flush, isOutdated, search, now } = parts;
  const { hasForkedSince, hasUnreadFork, knowsConnected } = parts;
  const entries = createOwnerEntries(parts.owners);
  const holders = createHolderLookup({ procfs, tables, search, describe });
  const known = createKnownHolders({ procfs, describe, hasForkedSince });
  const table = createTableLookup({ entries, tables, known, describe, recall, hasForkedSince, knowsConnected });
  const closed = createClosedConnections();
  let searches = 0;

  /** True if each process runs what it is said to run: where execs come all the time, nobody has to wait until those of others are read. */
  function isTrueStill(ownership: Ownership): boolean {
    if (ownership.kind !== "process") return true;
    return ownership.owners.every(({ pid, path }) => {
      const exe = readExeLink(procfs, pid);
      return exe.ok && exe.value === path;
    });
  }

  /** True if a child may hold what its parent is said to hold, of which nobody has read. */
  function hasNewHolder(ownership: Ownership): boolean {
    return ownership.kind === "process" && ownership.owners.some((owner) => hasUnreadFork?.(owner));
  }

  /** @param unread who owned it when it was asked for: the process may have ended before anything was read of it */
  async function findAfterFlush(connection: CheckedConnection, unread: UnreadOwner | undefined): Promise<Ownership> {
    await flush();
    const told = table.ask(connection);
    if (told) return told;
    const owner = unread && (describe(unread.identity) ?? recall(unread.identity));
    return owner ? { kind: "process", ...unread.answer, owners: [owner] } : searchOwner(connection);
  }

  async function searchOwner(connection: CheckedConnection): Promise<Ownership> {
    searches++;
    const began = now();
    const { ownership, socket } = await holders.find(connection);
    if (ownership.kind === "process") {
      // The entry of a connection that nobody has accepted is not about the listener's socket, of which the answer is.
      const isInTable = entries.findExact(connection) || entries.findReceiver();
      if (socket && isInTable && entries.entry.inode() === socket.inode) {
        known.learnSocket(entries.entry.cookie(), socket.inode, socket.holders, began);
      }
      return ownership;
    }
    if (ownership.kind !== "none" || ownership.reason === "ambiguous") return ownership;
    const lastOwner = closed.find(connection) ?? table.lastOwner(connection);
    return lastOwner === undefined ? ownership : { ...ownership, lastOwner };
  }

  return {
    // Not an async function: an answer from the table is worth every promise that is not made.
    find(connection) {
      const ownership = table.ask(connection);
      if (ownership === undefined) return findAfterFlush(connection, table.unread);
      if (!isOutdated?.()) return Promise.resolve(ownership);
      if (hasNewHolder(ownership)) return findAfterFlush(connection, undefined);
      if (isTrueStill(ownership)) return Promise.resolve(ownership);
      return findAfterFlush(connection, asUnread(ownership));
    },
    noteClosed: closed.note,
    learn: known.learn,
    stats: () => ({ ...table.counters, lookupSearches: searches }),
  };
}

/** The owner of what may run something else by now; with several, a search tells who is left. */
function asUnread(ownership: Ownership): UnreadOwner | undefined {
  if (ownership.kind !== "process" || ownership.owners.length > 1) return undefined;
  const { confidence, via, owners } = ownership;
  return { identity: owners[0], answer: { confidence, via } };
}
