import {
  type CheckedConnection,
  type ConnectionMatch,
  createOwnerDescriber,
  findHolders,
  type HolderKnowledge,
  type HolderVisibility,
  listNetworkNamespaces,
  matchOwnership,
  type NetworkNamespaces,
  type Ownership,
  type Procfs,
  type SocketHolder,
} from "@procmon/core";
import type { DescriptorPass } from "./descriptor-pass.ts";
import type { SearchTables } from "./search-tables.ts";

/** What a search found. */
export interface SearchAnswer {
  readonly ownership: Ownership;
  /** The socket, and all that hold it, where it is one that processes hold. */
  readonly socket?: { readonly inode: number; readonly holders: readonly SocketHolder[] };
}

/** Searches the socket tables and the descriptors of all processes. */
export interface OwnerSearch {
  /**
   * Answers all connections together: they share one reading of each table, and one pass over the descriptors if one is needed.
   * Everything that an answer rests on was read after the call, or checked again.
   */
  search(connections: readonly CheckedConnection[]): SearchAnswer[];
  /** What the last pass could see; undefined before the first. */
  readonly visibility: HolderVisibility | undefined;
}

/** How often a connection is looked up whose sockets change meanwhile. */
const ATTEMPTS = 3;

/** One in so many processes may be denied for a search in every place to be worth its cost. */
const FEW_DENIED = 10;

type Inodes = ReadonlySet<number>;

/** Makes a search. */
export function createOwnerSearch(procfs: Procfs, tables: SearchTables, pass: DescriptorPass): OwnerSearch {
  let visibility: HolderVisibility | undefined;
  let namespaces: NetworkNamespaces = { readable: [], denied: 0 };

  function passFor(missing: Inodes, stillThere: (asked: Inodes) => Inodes) {
    const found = pass.run(missing);
    const { denied, pids } = found;
    // Namespaces that may not be looked at are those of processes that may not be either.
    if (denied.length > 0) namespaces = listNetworkNamespaces(procfs, [process.pid, ...denied]);
    // Where nearly everything may be looked at, what is not found is likelier in an odd place than hidden.
    const thorough = denied.length * FEW_DENIED < pids.length;
    const holders = findHolders(procfs, missing, stillThere, found, { namespaces, thorough });
    visibility = holders.visibility;
    return holders;
  }

  /** Who holds these sockets, found at the least cost: the last pass, else a new one. */
  function learn(wanted: Inodes, stillThere: (asked: Inodes) => Inodes) {
    const holders = pass.recall(wanted);
    const missing = new Set([...wanted].filter((inode) => !holders.has(inode)));
    const found = missing.size > 0 ? passFor(missing, stillThere) : undefined;
    for (const inode of missing) holders.set(inode, found?.byInode.get(inode) ?? []);
    const knowledge: HolderKnowledge = {
      holdersOf: (inode) => holders.get(inode) ?? [],
      describe: createOwnerDescriber(procfs),
      isSurelyUnheld: (inode) => found?.surelyUnheld.has(inode) === true,
      visibility: visibility ?? { complete: true, requires: "" },
    };
    return { knowledge, closed: found?.closed };
  }

  function answerAll(connections: readonly CheckedConnection[]): SearchAnswer[] {
    const matches = tables.matchAll(connections);
    const stillThere = (asked: Inodes): Inodes => {
      const now = new Set(tables.matchAll(connections).flatMap(inodesOf));
      return new Set([...asked].filter((inode) => now.has(inode)));
    };
    const { knowledge, closed } = learn(new Set(matches.flatMap(inodesOf)), stillThere);
    return matches.map((match): SearchAnswer => {
      if (!match) return { ownership: unreadable() };
      const inodes = inodesOf(match);
      if (inodes.some((inode) => closed?.has(inode))) return { ownership: { kind: "none", reason: "unheld" } };
      const ownership = matchOwnership(match, knowledge, "scan");
      const [inode] = inodes;
      // Who accepts a connection may be another than who listens.
      const isKept = ownership.kind === "process" && ownership.via === "scan" && inodes.length === 1;
      if (!isKept || inode === undefined) return { ownership };
      return { ownership, socket: { inode, holders: knowledge.holdersOf(inode) } };
    });
  }

  /** A network namespace in which no process is that may be looked at. */
  function unreadable(): Ownership {
    if (listNetworkNamespaces(procfs).denied === 0) return { kind: "none", reason: "not-found" };
    return { kind: "hidden", requires: "CAP_SYS_PTRACE" };
  }

  /** Packet sockets see whatever passes: a tuple says nothing about whose it is. */
  function packetAnswer({ netns }: CheckedConnection): SearchAnswer {
    const rows = tables.packetSockets(netns);
    if (!rows) return { ownership: unreadable() };
    const { knowledge } = learn(new Set(rows.map((row) => row.inode)), (asked) => asked);
    const candidates = rows
      .flatMap((row) => knowledge.holdersOf(row.inode))
      .map(knowledge.describe)
      .filter((owner) => owner !== undefined);
    if (candidates.length > 0) return { ownership: { kind: "none", reason: "ambiguous", candidates } };
    return NOT_FOUND;
  }

  return {
    get visibility() {
      return visibility;
    },
    search(connections) {
      const answers = new Map<CheckedConnection, SearchAnswer>();
      let open: readonly CheckedConnection[] = connections.filter(({ protocol }) => hasTable(protocol));
      for (let attempt = 1; open.length > 0; attempt++) {
        const found = answerAll(open);
        for (const [at, connection] of open.entries()) answers.set(connection, found[at] ?? NOT_FOUND);
        open = open.filter((_, at) => attempt < ATTEMPTS && mayHaveChanged(found[at], attempt));
      }
      return connections.map((connection) => {
        if (connection.protocol === "sctp") return SCTP;
        return answers.get(connection) ?? packetAnswer(connection);
      });
    },
  };
}

const NOT_FOUND: SearchAnswer = { ownership: { kind: "none", reason: "not-found" } };
const SCTP: SearchAnswer = { ownership: { kind: "hidden", requires: "a method that sees SCTP" } };

function hasTable(protocol: CheckedConnection["protocol"]): boolean {
  return protocol !== "packet" && protocol !== "sctp";
}

/** True for an answer that may come of tables that changed while they were read. */
function mayHaveChanged(answer: SearchAnswer | undefined, attempt: number): boolean {
  if (answer?.ownership.kind !== "none") return false;
  const { reason } = answer.ownership;
  // A row can be missed while others of its table go; a socket can be closed between the table and the descriptors.
  return reason === "unheld" || (reason === "not-found" && attempt === 1);
}

function inodesOf(match: ConnectionMatch | undefined): number[] {
  return !match || match.kind === "none" ? [] : match.rows.map((row) => row.inode);
}
