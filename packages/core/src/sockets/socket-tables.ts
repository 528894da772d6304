import type { Procfs } from "../procfs/procfs.ts";
import type { ReadOutcome } from "../procfs/read-outcome.ts";
import { type NetworkNamespace, readInNamespace } from "./network-namespaces.ts";
import { readInetTable, readPacketTable, readUnixTable } from "./read-socket-tables.ts";
import type { SocketEntry } from "./socket-entry.ts";
import { INET_TABLES, type InetSocketRow, type PacketSocketRow, type UnixSocketRow } from "./socket-row.ts";
import type { TableSource } from "./table-source.ts";

/** All sockets of one network namespace. */
export interface SocketTables {
  readonly netns: number;
  readonly inet: readonly InetSocketRow[];
  readonly unix: readonly UnixSocketRow[];
  readonly packet: readonly PacketSocketRow[];
  /** False if a table could not be read, since the processes through which it is read have ended: it is empty then. */
  readonly complete: boolean;
}

/** Socket families, as in `SocketEntry`. */
export type SocketFamily = SocketEntry["family"];

/** Every family that a snapshot knows. */
export const SOCKET_FAMILIES: readonly SocketFamily[] = ["inet", "unix", "packet"];

/**
 * Reads the tables of a namespace. A socket is listed once, also if the table changed while it was read.
 *
 * @param source is asked first
 */
export function readSocketTables(
  procfs: Procfs,
  namespace: NetworkNamespace,
  families: readonly SocketFamily[] = SOCKET_FAMILIES,
  source?: TableSource,
): SocketTables {
  let complete = true;
  const read = <T extends { readonly inode: number }>(
    given: readonly T[] | undefined,
    readTable: (pid: number) => ReadOutcome<T[]>,
  ): T[] => {
    if (given) return withoutRepetition(given);
    const outcome = readInNamespace(procfs, namespace, readTable);
    complete &&= outcome.ok;
    return outcome.ok ? withoutRepetition(outcome.value) : [];
  };
  const tables = {
    netns: namespace.netns,
    inet: families.includes("inet")
      ? INET_TABLES.flatMap((table) => read(source?.inet(namespace, table), (pid) => readInetTable(procfs, pid, table)))
      : [],
    unix: families.includes("unix") ? read(source?.unix(namespace), (pid) => readUnixTable(procfs, pid)) : [],
    packet: families.includes("packet") ? read(source?.packet(namespace), (pid) => readPacketTable(procfs, pid)) : [],
  };
  return { ...tables, complete };
}

/** The inodes of all sockets in these tables, without 0. */
export function inodesOf(tables: readonly SocketTables[]): Set<number> {
  const inodes = new Set<number>();
  for (const { inet, unix, packet } of tables) {
    for (const rows of [inet, unix, packet]) for (const { inode } of rows) inodes.add(inode);
  }
  inodes.delete(0);
  return inodes;
}

function withoutRepetition<T extends { readonly inode: number }>(rows: readonly T[]): T[] {
  const seen = new Set<number>();
  return rows.filter(({ inode }) => inode === 0 || (!seen.has(inode) && seen.add(inode)));
}
