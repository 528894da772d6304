import {
  type CheckedConnection,
  createOwnerDescriber,
  matchConnection,
  matchOwnership,
  type Ownership,
  type Procfs,
  readHeldSockets,
  readInetTable,
  type SocketHolder,
  tablesOf,
} from "@procmon/core";
import { listDescendants } from "./list-descendants.ts";

/** Finds the connection in the kernel's tables, and the socket's holders among the descendants of this process. */
export function findFamilyOwner(procfs: Procfs, connection: CheckedConnection): Ownership {
  const rows = tablesOf(connection).flatMap((table) => {
    const read = readInetTable(procfs, process.pid, table);
    return read.ok ? read.value : [];
  });
  const holders = readHolders(procfs);
  return matchOwnership(
    matchConnection(connection, rows),
    {
      holdersOf: (inode) => holders.get(inode) ?? [],
      describe: createOwnerDescriber(procfs),
      // A socket that nobody in the family holds may well be held by a stranger.
      isSurelyUnheld: () => false,
      visibility: { complete: true, requires: "" },
    },
    "family",
  );
}

function readHolders(procfs: Procfs): Map<number, SocketHolder[]> {
  const holders = new Map<number, SocketHolder[]>();
  for (const pid of listDescendants(procfs, process.pid)) {
    const held = readHeldSockets(procfs, pid);
    // A process that vanishes meanwhile is normal.
    if (!held.ok) continue;
    const { startTime, sockets } = held.value;
    for (const [inode, fd] of sockets) {
      holders.set(inode, [...(holders.get(inode) ?? []), { pid, startTime, fd }]);
    }
  }
  return holders;
}
