import {
  type CheckedConnection,
  type ConnectionMatch,
  connectionKey,
  findHolders,
  type HolderKnowledge,
  matchConnection,
  matchOwnership,
  type Ownership,
  type Procfs,
  type SocketHolder,
  type SocketOwner,
  scanSocketHolders,
} from "@procmon/core";
import type { KernelTables } from "@procmon/native";
import { SOCKET_FLAGS } from "../records/record-flags.ts";
import { createHolderDescriber, type DescribeProcess } from "../sockets/describe-holder.ts";
import type { SocketList } from "../sockets/socket-list.ts";
import { matchInTables } from "./table-match.ts";

/** Finds owners by the sockets that exist and the descriptors that processes hold. */
export interface HolderLookup {
  /** Everything that the answer rests on was read after the call. */
  find(connection: CheckedConnection): Promise<FoundOwner>;
}

/** An answer, and the socket that it is about where it is one that processes hold. */
export interface FoundOwner {
  readonly ownership: Ownership;
  readonly socket?: { readonly inode: number; readonly holders: readonly SocketHolder[] };
}

/** What it works with. */
export interface HolderLookupParts {
  readonly procfs: Procfs;
  readonly tables: KernelTables;
  search(): Promise<SocketList>;
  readonly describe: DescribeProcess;
}

/** How often a connection is looked up whose sockets change meanwhile. */
const ATTEMPTS = 3;

/** Makes a lookup. */
export function createHolderLookup({ procfs, tables, search, describe }: HolderLookupParts): HolderLookup {
  async function attempt(connection: CheckedConnection, isLast: boolean): Promise<FoundOwner> {
    const quick = matchInTables(connection, tables);
    if (quick?.kind === "none") return { ownership: { kind: "none", reason: quick.reason } };
    const list = await search();
    const match = quick ?? matchInTables(connection, tables, list) ?? matchConnection(connection, []);
    const holders = holdersIn(list, match);
    const unheld = inodesOf(match).filter((inode) => !holders.has(inode));
    // A socket may have been closed, or made, between the tables and the descriptors.
    if (unheld.length > 0 && !isLast) return { ownership: { kind: "none", reason: "unheld" } };
    const odd = unheld.length > 0 ? searchEverywhere(connection, list, new Set(unheld)) : undefined;
    const knowledge: HolderKnowledge = {
      holdersOf: (inode) => holders.get(inode) ?? odd?.byInode.get(inode) ?? [],
      describe: createHolderDescriber(describe, procfs),
      isSurelyUnheld: (inode) => odd?.surelyUnheld.has(inode) === true,
      visibility: odd?.visibility ?? { complete: true, requires: "" },
    };
    const ownership = matchOwnership(match, knowledge, "ebpf");
    const inodes = inodesOf(match);
    const [inode] = inodes;
    const held = inode === undefined || inodes.length > 1 ? undefined : holders.get(inode);
    return inode === undefined || held === undefined ? { ownership } : { ownership, socket: { inode, holders: held } };
  }

  /** Also where the kernel's list does not look: compare `UnheldSockets`. */
  function searchEverywhere(connection: CheckedConnection, list: SocketList, wanted: ReadonlySet<number>) {
    const stillThere = (asked: ReadonlySet<number>): ReadonlySet<number> => {
      const match = matchInTables(connection, tables, list);
      return new Set(match ? inodesOf(match).filter((inode) => asked.has(inode)) : []);
    };
    const existing = stillThere(wanted);
    return existing.size > 0 ? findHolders(procfs, existing, stillThere, scanSocketHolders(procfs)) : undefined;
  }

  async function packetAnswer({ netns }: CheckedConnection): Promise<Ownership> {
    const { byInode } = await search();
    const describeHolder = createHolderDescriber(describe, procfs);
    const candidates: SocketOwner[] = [];
    for (const socket of byInode.values()) {
      if (socket.family !== "packet" || socket.netns !== netns) continue;
      for (const holder of socket.holders) {
        const owner = describeHolder(holder);
        if (owner) candidates.push(owner);
      }
    }
    // Packet sockets see whatever passes: a tuple says nothing about whose it is.
    if (candidates.length > 0) return { kind: "none", reason: "ambiguous", candidates };
    return { kind: "none", reason: "not-found" };
  }

  return {
    async find(connection) {
      const { protocol } = connection;
      if (protocol === "packet") return { ownership: await packetAnswer(connection) };
      if (protocol === "sctp") return { ownership: { kind: "hidden", requires: "a method that sees SCTP" } };
      let found: FoundOwner | undefined;
      for (let count = 1; count <= ATTEMPTS; count++) {
        found = await attempt(connection, count === ATTEMPTS);
        if (!mayHaveChanged(found.ownership, count)) break;
      }
      return found ?? { ownership: { kind: "none", reason: "not-found" } };
    },
  };
}

/** True for an answer that may come of tables that changed while they were read. */
function mayHaveChanged(ownership: Ownership, count: number): boolean {
  if (ownership.kind !== "none") return false;
  // A row can be missed while others of its table go.
  return ownership.reason === "unheld" || (ownership.reason === "not-found" && count === 1);
}

function inodesOf(match: ConnectionMatch): number[] {
  return match.kind === "none" ? [] : match.rows.map((row) => row.inode);
}

/**
 * Who holds the sockets of a match. The application's socket of an MPTCP connection is not in the tables; those of its subflows, which are, nobody
 * holds.
 */
function holdersIn(list: SocketList, match: ConnectionMatch): ReadonlyMap<number, readonly SocketHolder[]> {
  const holders = new Map<number, readonly SocketHolder[]>();
  if (match.kind === "none") return holders;
  for (const row of match.rows) {
    const socket = list.byInode.get(row.inode);
    if (socket !== undefined) holders.set(row.inode, socket.holders);
    else if (row.protocol.startsWith("tcp")) {
      const found = findMptcp(list, row);
      if (found !== undefined) holders.set(row.inode, found);
    }
  }
  return holders;
}

function findMptcp(list: SocketList, row: Omit<CheckedConnection, "netns">): readonly SocketHolder[] | undefined {
  for (const { flags, connection, netns, holders } of list.byInode.values()) {
    if (!(flags & SOCKET_FLAGS.mptcp) || connection?.srcPort !== row.srcPort || connection.dstPort !== row.dstPort)
      continue;
    if (connectionKey(connection) === connectionKey({ ...row, netns })) return holders;
  }
  return undefined;
}
