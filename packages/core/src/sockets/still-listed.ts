import type { Procfs } from "../procfs/procfs.ts";
import type { ReadOutcome } from "../procfs/read-outcome.ts";
import { type NetworkNamespace, readInNamespace } from "./network-namespaces.ts";
import { findInInetTable, readPacketTable, readUnixTable } from "./read-socket-tables.ts";
import { INET_TABLES } from "./socket-row.ts";
import type { SocketTables } from "./socket-tables.ts";
import type { TableSource } from "./table-source.ts";

/**
 * Those of some sockets that the tables list still. Reads again only the tables in which they were.
 *
 * @param source is asked first
 */
export function stillListed(
  procfs: Procfs,
  namespaces: readonly NetworkNamespace[],
  tables: readonly SocketTables[],
  asked: ReadonlySet<number>,
  source?: TableSource,
): Set<number> {
  const listed = new Set<number>();
  for (const before of tables) {
    const namespace = namespaces.find(({ netns }) => netns === before.netns);
    if (!namespace) continue;
    const note = (given: Rows | undefined, read: (pid: number) => ReadOutcome<Iterable<number>>): void => {
      const found = given ? inodesIn({ ok: true, value: given }) : readInNamespace(procfs, namespace, read);
      if (found.ok) for (const inode of found.value) if (asked.has(inode)) listed.add(inode);
    };
    const isAsked = ({ inode }: { readonly inode: number }): boolean => asked.has(inode);
    const inet = before.inet.filter(isAsked);
    for (const table of INET_TABLES) {
      const rows = inet.filter((row) => row.protocol === table);
      if (rows.length === 0) continue;
      const srcPorts = new Set(rows.map((row) => row.srcPort));
      const inodes = new Set(rows.map((row) => row.inode));
      const given = source?.inet(namespace, table, srcPorts);
      note(given, (pid) => findInInetTable(procfs, pid, table, inodes, srcPorts));
    }
    if (before.unix.some(isAsked)) note(source?.unix(namespace), (pid) => inodesIn(readUnixTable(procfs, pid)));
    if (before.packet.some(isAsked)) note(source?.packet(namespace), (pid) => inodesIn(readPacketTable(procfs, pid)));
  }
  return listed;
}

type Rows = readonly { readonly inode: number }[];

function inodesIn(rows: ReadOutcome<Rows>): ReadOutcome<number[]> {
  return rows.ok ? { ok: true, value: rows.value.map(({ inode }) => inode) } : rows;
}
