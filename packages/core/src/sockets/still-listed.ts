import type { Procfs } from "../procfs/procfs.ts";
import type { ReadOutcome } from "../procfs/read-outcome.ts";
import { type NetworkNamespace, readInNamespace } from "./network-namespaces.ts";
import { findInInetTable, readPacketTable, readUnixTable } from "./read-socket-tables.ts";
import { INET_TABLES } from "./socket-row.ts";
import type { SocketTables } from "./socket-tables.ts";

/** Those of some sockets that the tables list still. Only the tables in which they were are read again, and these no further than needed. */
export function stillListed(
  procfs: Procfs,
  namespaces: readonly NetworkNamespace[],
  tables: readonly SocketTables[],
  asked: ReadonlySet<number>,
): Set<number> {
  const listed = new Set<number>();
  for (const before of tables) {
    const namespace = namespaces.find(({ netns }) => netns === before.netns);
    if (!namespace) continue;
    const note = (read: (pid: number) => ReadOutcome<Iterable<number>>): void => {
      const found = readInNamespace(procfs, namespace, read);
      if (found.ok) for (const inode of found.value) if (asked.has(inode)) listed.add(inode);
    };
    const isAsked = ({ inode }: { readonly inode: number }): boolean => asked.has(inode);
    const inet = before.inet.filter(isAsked);
    for (const table of INET_TABLES) {
      const rows = inet.filter((row) => row.protocol === table);
      if (rows.length === 0) continue;
      const srcPorts = new Set(rows.map((row) => row.srcPort));
      const inodes = new Set(rows.map((row) => row.inode));
      note((pid) => findInInetTable(procfs, pid, table, inodes, srcPorts));
    }
    if (before.unix.some(isAsked)) note((pid) => inodesIn(readUnixTable(procfs, pid)));
    if (before.packet.some(isAsked)) note((pid) => inodesIn(readPacketTable(procfs, pid)));
  }
  return listed;
}

function inodesIn(rows: ReadOutcome<readonly { readonly inode: number }[]>): ReadOutcome<number[]> {
  return rows.ok ? { ok: true, value: rows.value.map(({ inode }) => inode) } : rows;
}
