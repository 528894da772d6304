import type { Ownership } from "../connection/ownership.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { createOwnerDescriber } from "./describe-owner.ts";
import type { FoundHolders } from "./find-holders.ts";
import { matchConnection } from "./match-connection.ts";
import type { InetSocketEntry, SocketEntry, UnixSocketEntry } from "./socket-entry.ts";
import { type HolderKnowledge, matchOwnership, type OwnedSocket, socketOwnership } from "./socket-ownership.ts";
import type { InetSocketRow, UnixSocketRow } from "./socket-row.ts";
import type { SocketTables } from "./socket-tables.ts";

const EXACT = { confidence: "exact", via: "scan" } as const;

/** Joins tables with holders, one entry after the other. Sockets that were closed meanwhile are left out. */
export function* snapshotEntries(
  procfs: Procfs,
  tables: readonly SocketTables[],
  found: FoundHolders,
): Generator<SocketEntry, void, void> {
  const knowledge: HolderKnowledge = {
    holdersOf: (inode) => found.byInode.get(inode) ?? [],
    describe: createOwnerDescriber(procfs),
    isSurelyUnheld: (inode) => found.surelyUnheld.has(inode),
    visibility: found.visibility,
  };
  const ownerOf = (socket: OwnedSocket): Ownership => socketOwnership(socket, knowledge, EXACT);
  for (const { netns, inet, unix, packet } of tables) {
    const listenersOf = groupListeners(inet);
    for (const row of inet) {
      if (found.closed.has(row.inode)) continue;
      const ownership =
        row.inode === 0 ? unheldOwnership(row, netns, listenersOf(row.srcPort), knowledge) : ownerOf(row);
      yield inetEntry(row, netns, ownership);
    }
    for (const row of unix) {
      if (found.closed.has(row.inode)) continue;
      yield unixEntry(row, netns, row.inode === 0 ? embryoOwnership(row, unix, knowledge) : ownerOf(row));
    }
    for (const row of packet) {
      if (found.closed.has(row.inode)) continue;
      yield { family: "packet", ...row, state: "unconnected", netns, ownership: ownerOf(row) };
    }
  }
}

function inetEntry(row: InetSocketRow, netns: number, ownership: Ownership): InetSocketEntry {
  const { protocol, srcIp, srcPort, dstIp, dstPort, state, inode, uid, receiveQueue, sendQueue } = row;
  return {
    family: "inet",
    connection: { protocol, srcIp, srcPort, dstIp, dstPort, netns },
    state,
    inode,
    uid,
    netns,
    receiveQueue,
    sendQueue,
    ownership,
  };
}

function unixEntry(row: UnixSocketRow, netns: number, ownership: Ownership): UnixSocketEntry {
  return { family: "unix", ...row, netns, ownership };
}

/** A connection whose socket is gone, or belongs to a listener's queue. */
function unheldOwnership(
  row: InetSocketRow,
  netns: number,
  listeners: readonly InetSocketRow[],
  knowledge: HolderKnowledge,
): Ownership {
  // A live socket of the same tuple is an entry of its own: this row must not borrow its owner.
  return matchOwnership(matchConnection({ ...row, netns }, [row, ...listeners]), knowledge, "scan");
}

/** A connection that waits in a listener's queue has the listener's name, and its owner. */
function embryoOwnership(row: UnixSocketRow, rows: readonly UnixSocketRow[], knowledge: HolderKnowledge): Ownership {
  const listeners = rows.filter(
    (other) => other.state === "listen" && other.path === row.path && row.path !== undefined,
  );
  const [listener] = listeners;
  if (!listener || listeners.length > 1) return { kind: "none", reason: "unheld" };
  return socketOwnership(listener, knowledge, { confidence: "derived", via: "listener" });
}

/** Listeners by local port, grouped when first asked for: most snapshots have no need of it. */
function groupListeners(rows: readonly InetSocketRow[]): (port: number) => readonly InetSocketRow[] {
  let groups: Map<number, InetSocketRow[]> | undefined;
  return (port) => {
    if (!groups) {
      groups = new Map();
      for (const row of rows) {
        if (row.state !== "listen") continue;
        const group = groups.get(row.srcPort);
        if (group) group.push(row);
        else groups.set(row.srcPort, [row]);
      }
    }
    return groups.get(port) ?? [];
  };
}
