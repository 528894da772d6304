import {
  type CheckedConnection,
  type ConnectionMatch,
  createOwnerDescriber,
  type FoundHolders,
  findHolders,
  type HolderKnowledge,
  type HolderVisibility,
  matchOwnership,
  type Ownership,
  type ProcessIdentity,
  type Procfs,
  type SocketHolder,
} from "@procmon/core";
import type { OwnerAnswer } from "../scan/scan-messages.ts";
import type { ConnectionTables } from "./connection-tables.ts";
import type { NamespaceDirectory } from "./namespace-directory.ts";
import { findInRecent } from "./recent-processes.ts";
import type { SocketIndex } from "./socket-index.ts";

/** Finds the owners of connections. */
export interface OwnerLookup {
  /**
   * Answers all connections together: they share one reading of each table, and one pass over the descriptors if one is needed.
   * Everything that an answer rests on was read after the call, or checked again.
   */
  lookup(connections: readonly CheckedConnection[], recent: readonly ProcessIdentity[]): OwnerAnswer[];
  /** What the last pass could see; undefined before the first. */
  readonly visibility: HolderVisibility | undefined;
}

/** What a lookup works with. */
export interface OwnerLookupParts {
  readonly procfs: Procfs;
  readonly namespaces: NamespaceDirectory;
  readonly tables: ConnectionTables;
  readonly index: SocketIndex;
}

/** How often a connection is looked up whose sockets change meanwhile. */
const ATTEMPTS = 3;

/** One in so many processes may be denied for a search in every place to be worth its cost. */
const FEW_DENIED = 10;

type Recent = readonly ProcessIdentity[];
type Inodes = ReadonlySet<number>;

/** Makes a lookup that learns from one call to the next by the index. */
export function createOwnerLookup({ procfs, namespaces, tables, index }: OwnerLookupParts): OwnerLookup {
  let visibility: HolderVisibility | undefined;

  function scan(missing: Inodes, stillThere: (asked: Inodes) => Inodes): FoundHolders {
    const pass = index.scan();
    // Where nearly everything may be looked at, what is not found is likelier in an odd place than hidden.
    const thorough = pass.denied.length * FEW_DENIED < pass.pids.length;
    namespaces.noteDenied(pass.denied);
    return findHolders(procfs, missing, stillThere, pass, { namespaces: namespaces.last, thorough });
  }

  /** Who holds these sockets, found at the least cost: the last pass, recent processes, a new pass. */
  function learn(wanted: Inodes, recent: Recent, stillThere: (asked: Inodes) => Inodes) {
    const holders = new Map<number, readonly SocketHolder[]>();
    for (const inode of wanted) {
      const known = index.find(inode);
      if (known.length > 0) holders.set(inode, known);
    }
    const inRecent = findInRecent(procfs, without(wanted, holders), recent);
    for (const [inode, found] of inRecent) holders.set(inode, found);

    const missing = without(wanted, holders);
    const pass = missing.size > 0 ? scan(missing, stillThere) : undefined;
    if (pass) {
      index.learn(pass.byInode);
      visibility = pass.visibility;
      for (const inode of missing) holders.set(inode, pass.byInode.get(inode) ?? []);
    }
    const knowledge: HolderKnowledge = {
      holdersOf: (inode) => holders.get(inode) ?? [],
      describe: createOwnerDescriber(procfs),
      isSurelyUnheld: (inode) => pass?.surelyUnheld.has(inode) === true,
      visibility: visibility ?? { complete: true, requires: "" },
    };
    return { knowledge, inRecent, closed: pass?.closed };
  }

  function answerAll(connections: readonly CheckedConnection[], recent: Recent): OwnerAnswer[] {
    const matches = tables.matchAll(connections);
    const stillThere = (asked: Inodes): Inodes => {
      const now = new Set(tables.matchAll(connections).flatMap(inodesOf));
      return new Set([...asked].filter((inode) => now.has(inode)));
    };
    const { knowledge, inRecent, closed } = learn(new Set(matches.flatMap(inodesOf)), recent, stillThere);
    return matches.map((match, at): OwnerAnswer => {
      if (connections[at]?.protocol === "sctp")
        return { ownership: { kind: "hidden", requires: "a method that sees SCTP" } };
      if (!match) return { ownership: unreadable() };
      const inodes = inodesOf(match);
      if (inodes.some((inode) => closed?.has(inode))) return { ownership: { kind: "none", reason: "unheld" } };
      const [inode] = inodes;
      const via = inode !== undefined && inRecent.has(inode) ? "recent-process" : "scan";
      const ownership = matchOwnership(match, knowledge, via);
      return inode !== undefined && inodes.length === 1 ? { ownership, inode } : { ownership };
    });
  }

  /** A network namespace in which no process is that may be looked at. */
  function unreadable(): Ownership {
    if (namespaces.last.denied === 0) return { kind: "none", reason: "not-found" };
    return { kind: "hidden", requires: "CAP_SYS_PTRACE" };
  }

  /** Packet sockets see whatever passes: a tuple says nothing about whose it is. */
  function packetAnswer({ netns }: CheckedConnection): OwnerAnswer {
    const rows = tables.packetSockets(netns);
    if (!rows) return { ownership: unreadable() };
    const { knowledge } = learn(new Set(rows.map((row) => row.inode)), [], (asked) => asked);
    const candidates = rows
      .flatMap((row) => knowledge.holdersOf(row.inode))
      .map(knowledge.describe)
      .filter((owner) => owner !== undefined);
    if (candidates.length > 0) return { ownership: { kind: "none", reason: "ambiguous", candidates } };
    return { ownership: { kind: "none", reason: "not-found" } };
  }

  return {
    get visibility() {
      return visibility;
    },
    lookup(connections, recent) {
      const answers = new Map<CheckedConnection, OwnerAnswer>();
      let open: readonly CheckedConnection[] = connections.filter(({ protocol }) => protocol !== "packet");
      for (let attempt = 1; open.length > 0; attempt++) {
        // What was at first found in a recent process, and is there no more, needs a pass.
        const found = answerAll(open, attempt === 1 ? recent : []);
        for (const [at, connection] of open.entries()) answers.set(connection, found[at] ?? NOT_FOUND);
        open = open.filter((_, at) => attempt < ATTEMPTS && mayHaveChanged(found[at], attempt));
      }
      return connections.map((connection) => answers.get(connection) ?? packetAnswer(connection));
    },
  };
}

const NOT_FOUND: OwnerAnswer = { ownership: { kind: "none", reason: "not-found" } };

/** True for an answer that may come of tables that changed while they were read. */
function mayHaveChanged(answer: OwnerAnswer | undefined, attempt: number): boolean {
  if (answer?.ownership.kind !== "none") return false;
  const { reason } = answer.ownership;
  // A row can be missed while others of its table go; a socket can be closed between the table and the descriptors.
  return reason === "unheld" || (reason === "not-found" && attempt === 1);
}

function inodesOf(match: ConnectionMatch | undefined): number[] {
  return !match || match.kind === "none" ? [] : match.rows.map((row) => row.inode);
}

function without(inodes: Inodes, known: ReadonlyMap<number, unknown>): Set<number> {
  return new Set([...inodes].filter((inode) => !known.has(inode)));
}
