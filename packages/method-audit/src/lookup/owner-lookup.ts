import type { CheckedConnection, MethodHost, Ownership, ProcessIdentity, Visibility } from "@procmon/core";
import type { NativeAccess } from "../native-access.ts";
import { createHintLookup } from "./hint-lookup.ts";
import { createNamespaceDoors } from "./namespace-doors.ts";
import { createSearchClient, type DatedAnswer, type SearchClientOptions } from "./search-client.ts";
import type { SocketHints } from "./socket-hints.ts";
import type { UnreadForks } from "./unread-forks.ts";

/** Finds the owners of connections: by hints, checked when they are asked for, else by a search in a thread of its own. */
export interface OwnerLookup {
  /** Resolves once searches are quick. Lookups may be made before. */
  readonly ready: Promise<void>;
  /** The owner, by what is so now. Rejects only once it is stopped, or where nothing can be searched any more. */
  find(connection: CheckedConnection): Promise<Ownership>;
  /** How much of the machine the last search could see. */
  visibility(): Visibility;
  stats(): Readonly<Record<string, number>>;
  /** Whoever waits gets an error. Idempotent. */
  stop(): Promise<void>;
}

/** What it works with. */
export interface OwnerLookupParts {
  readonly host: MethodHost;
  readonly hints: SocketHints;
  /** The native half, where it is there. The search looks for it itself. */
  readonly native?: NativeAccess | undefined;
  /** See `HintLookupParts`. */
  hasForkedSince(identity: ProcessIdentity, since: bigint): boolean;
  /** @default as `createHintLookup` */
  readonly unreadForks?: UnreadForks;
  /** @default as `createSearchClient` */
  readonly channels?: SearchClientOptions["channels"];
}

/** Makes a lookup, and starts the thread. */
export function createOwnerLookup(parts: OwnerLookupParts): OwnerLookup {
  const { host, hints, native, hasForkedSince, unreadForks, channels } = parts;
  const { procfs } = host;
  const doors = createNamespaceDoors({ procfs, mayList: false });
  const tables = native?.createKernelTables(doors);
  const byHints = createHintLookup({ host, hints, tables, hasForkedSince, unreadForks });
  const searcher = createSearchClient({ procfs, native: native !== undefined, ...(channels ? { channels } : {}) });
  let stopping: Promise<void> | undefined;

  function learn(connection: CheckedConnection, { ownership, socket, since, lastPid }: DatedAnswer): void {
    if (ownership.kind !== "process" || socket === undefined) return;
    const [owner] = ownership.owners;
    doors.note(connection.netns, owner.pid);
    if (lastPid !== undefined) hints.setHolders(socket.inode, { holders: socket.holders, since, lastPid });
    if (ownership.confidence === "exact") hints.noteConnection(connection, { owner, inode: socket.inode });
  }

  /** Another namespace is entered through a process that is known to be in it. */
  function noteDoor(connection: CheckedConnection): void {
    if (connection.netns === doors.own) return;
    const owner = hints.ofConnection(connection)?.owner;
    if (owner) doors.note(connection.netns, owner.pid);
  }

  async function search(connection: CheckedConnection): Promise<Ownership> {
    const answer = await searcher.search(connection);
    learn(connection, answer);
    return withLastOwner(connection, answer.ownership);
  }

  function withLastOwner(connection: CheckedConnection, ownership: Ownership): Ownership {
    if (ownership.kind !== "none" || ownership.reason === "ambiguous") return ownership;
    const lastOwner = byHints.lastOwner(connection);
    return lastOwner === undefined ? ownership : { ...ownership, lastOwner };
  }

  return {
    ready: searcher.ready,
    // Not an async function: an answer from a hint is worth every promise that is not made.
    find(connection) {
      noteDoor(connection);
      const known = stopping === undefined ? byHints.ask(connection) : undefined;
      return known ? Promise.resolve(withLastOwner(connection, known)) : search(connection);
    },
    visibility: () => searcher.visibility ?? { pidsReadable: 0, pidsTotal: 0, hiddenBy: [] },
    stats: () => ({ ...searcher.counters, ...byHints.counters, ...hints.stats() }),
    stop() {
      stopping ??= searcher.stop();
      tables?.close();
      byHints.close();
      return stopping;
    },
  };
}
