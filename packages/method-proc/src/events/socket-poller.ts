import {
  type ConnectionTuple,
  createOwnerDescriber,
  findHolders,
  type InetSocketRow,
  type NetworkNamespaces,
  type Ownership,
  type ProcessIdentity,
  type Procfs,
  readSocketTables,
  type SocketHolder,
  type SocketTables,
  socketOwnership,
  stillListed,
  type TableSource,
} from "@procmon/core";
import type { NamespaceDirectory } from "../lookup/namespace-directory.ts";
import { findInRecent } from "../lookup/recent-processes.ts";
import type { SocketIndex } from "../lookup/socket-index.ts";
import { nowNs } from "../scan/scan-clock.ts";
import type { ScannedConnectionEvent } from "../scan/scan-messages.ts";
import { type ConnectionUse, connectionUse } from "./connection-use.ts";

/** Finds out what sockets did since the last look. */
export interface SocketPoller {
  /**
   * The first call remembers what is there, and gives no events; the owners of that are found in the second, so that the
   * first is quick. `recent` are looked at first for new sockets.
   */
  poll(recent: readonly ProcessIdentity[]): ScannedConnectionEvent[];
  /** Forgets everything. */
  reset(): void;
}

/** What a socket poller works with. */
export interface SocketPollerParts {
  readonly procfs: Procfs;
  readonly namespaces: NamespaceDirectory;
  readonly index: SocketIndex;
  /** Asked before `/proc`. */
  readonly tables: TableSource | undefined;
}

/** A socket that is remembered from round to round. */
interface Tracked {
  row: InetSocketRow;
  readonly netns: number;
  use: ConnectionUse | undefined;
  ownership: Ownership;
  /** Undefined if it was there before. */
  began: bigint | undefined;
  /** Rounds in which it was not listed. */
  missed: number;
}

/** A table that changes while it is read may leave a socket out: it is over when it was left out twice. */
const MISSES = 2;

const UNHELD: Ownership = { kind: "none", reason: "unheld" };

/** Makes a poller. */
export function createSocketPoller({ procfs, namespaces, index, tables: source }: SocketPollerParts): SocketPoller {
  const known = new Map<number, Tracked>();
  let round = 0;
  let ownerless: Tracked[] = [];
  /** Local ports of listeners, by namespace, also of the round before: a listener may be closed right after it accepted. */
  let listeners = new Map<number, Set<number>>();

  /** Compares one namespace with what is known. Returns sockets that are new, or used anew. */
  function compare(
    tables: SocketTables,
    seen: Set<number>,
    events: ScannedConnectionEvent[],
    quiet: boolean,
  ): Tracked[] {
    const ports = listenerPorts(tables);
    const before = listeners.get(tables.netns);
    const fresh: Tracked[] = [];
    for (const row of tables.inet) {
      if (row.inode === 0) continue;
      seen.add(row.inode);
      const use = connectionUse(row, ports.has(row.srcPort) || before?.has(row.srcPort) === true);
      const tracked = known.get(row.inode);
      if (tracked && tracked.netns === tables.netns && isSameUse(tracked, use, row)) {
        tracked.row = row;
        tracked.missed = 0;
        continue;
      }
      if (tracked?.use) events.push(closeOf(tracked));
      const began = quiet ? undefined : nowNs();
      const next: Tracked = { row, netns: tables.netns, use, ownership: UNHELD, began, missed: 0 };
      known.set(row.inode, next);
      if (use) fresh.push(next);
    }
    listeners.set(tables.netns, ports);
    return fresh;
  }

  function closeVanished(
    seen: ReadonlySet<number>,
    complete: ReadonlySet<number>,
    all: NetworkNamespaces,
  ): ScannedConnectionEvent[] {
    const events: ScannedConnectionEvent[] = [];
    const listed = new Set(all.readable.map(({ netns }) => netns));
    for (const [inode, tracked] of known) {
      // Of a namespace that could not be read this time nothing is known.
      if (seen.has(inode) || (listed.has(tracked.netns) && !complete.has(tracked.netns))) continue;
      if (++tracked.missed < MISSES) continue;
      known.delete(inode);
      if (tracked.use) events.push(closeOf(tracked));
    }
    return events;
  }

  /** Sets the owners of new sockets, all together. */
  function findOwners(
    fresh: readonly Tracked[],
    recent: readonly ProcessIdentity[],
    tables: readonly SocketTables[],
  ): void {
    const wanted = new Set(fresh.map(({ row }) => row.inode));
    if (wanted.size === 0) return;
    const inRecent: ReadonlyMap<number, readonly SocketHolder[]> = findInRecent(procfs, wanted, recent);
    const missing = new Set([...wanted].filter((inode) => !inRecent.has(inode)));
    const stillThere = (asked: ReadonlySet<number>): Set<number> =>
      stillListed(procfs, namespaces.last.readable, tables, asked, source);
    const found = missing.size > 0 ? findHolders(procfs, missing, stillThere, index.scan()) : undefined;
    if (found) index.learn(found.byInode);
    const knowledge = {
      holdersOf: (inode: number) => inRecent.get(inode) ?? found?.byInode.get(inode) ?? [],
      describe: createOwnerDescriber(procfs),
      isSurelyUnheld: (inode: number) => found?.surelyUnheld.has(inode) === true,
      visibility: found?.visibility ?? { complete: true, requires: "" },
    };
    for (const tracked of fresh) {
      const { inode } = tracked.row;
      const via = inRecent.has(inode) ? "recent-process" : "scan";
      // What was closed meanwhile is hidden from nobody.
      if (found?.closed.has(inode)) continue;
      tracked.ownership = socketOwnership(tracked.row, knowledge, { confidence: "exact", via });
    }
  }

  return {
    reset() {
      known.clear();
      ownerless = [];
      listeners = new Map();
      round = 0;
    },
    poll(recent) {
      const quiet = round++ === 0;
      const all = namespaces.list();
      const seen = new Set<number>();
      const complete = new Set<number>();
      const events: ScannedConnectionEvent[] = [];
      const fresh: Tracked[] = [];
      const read: SocketTables[] = [];
      for (const namespace of all.readable) {
        const tables = readSocketTables(procfs, namespace, ["inet"], source);
        read.push(tables);
        if (tables.complete) complete.add(namespace.netns);
        fresh.push(...compare(tables, seen, events, quiet));
      }
      events.push(...closeVanished(seen, complete, all));
      for (const netns of listeners.keys()) {
        if (!all.readable.some((namespace) => namespace.netns === netns)) listeners.delete(netns);
      }
      if (quiet) {
        ownerless = fresh;
        return [];
      }
      findOwners([...ownerless, ...fresh], recent, read);
      ownerless = [];
      events.push(...fresh.flatMap(beginningOf));
      return events;
    },
  };
}

function listenerPorts({ inet }: SocketTables): Set<number> {
  const ports = new Set<number>();
  for (const row of inet) if (row.state === "listen") ports.add(row.srcPort);
  return ports;
}

/** True if the socket is used as before: the same way, between the same ends. */
function isSameUse(tracked: Tracked, use: ConnectionUse | undefined, row: InetSocketRow): boolean {
  const { row: before } = tracked;
  // A connection stays what it was, also when the listener that it came from is closed.
  const isConnection = (each: ConnectionUse | undefined): boolean => each === "connect" || each === "accept";
  if (tracked.use !== use && !(isConnection(tracked.use) && isConnection(use))) return false;
  if (use === undefined) return true;
  return (
    before.srcPort === row.srcPort &&
    before.dstPort === row.dstPort &&
    before.srcIp === row.srcIp &&
    before.dstIp === row.dstIp
  );
}

function beginningOf({ row, netns, use, ownership, began }: Tracked): ScannedConnectionEvent[] {
  return use ? [{ type: use, time: began ?? nowNs(), connection: tupleOf(row, netns), ownership }] : [];
}

function closeOf({ row, netns, ownership, began }: Tracked): ScannedConnectionEvent {
  const time = nowNs();
  const event = { type: "close", time, connection: tupleOf(row, netns), ownership } as const;
  return began === undefined ? event : { ...event, duration: time - began };
}

function tupleOf({ protocol, srcIp, srcPort, dstIp, dstPort }: InetSocketRow, netns: number): ConnectionTuple {
  return { protocol, srcIp, srcPort, dstIp, dstPort, netns };
}
