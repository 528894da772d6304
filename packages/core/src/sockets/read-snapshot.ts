import type { SnapshotOptions } from "../method/monitor-method.ts";
import { listPids } from "../procfs/list-pids.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { findHolders } from "./find-holders.ts";
import { listNetworkNamespaces } from "./network-namespaces.ts";
import { snapshotEntries } from "./snapshot-entries.ts";
import type { SocketEntry, Visibility } from "./socket-entry.ts";
import { type SocketHolders, scanSocketHolders } from "./socket-holders.ts";
import { inodesOf, readSocketTables, type SocketFamily } from "./socket-tables.ts";
import { stillListed } from "./still-listed.ts";
import type { TableSource } from "./table-source.ts";

/** What one reading of `/proc` gives. */
export interface ProcSnapshot {
  readonly sockets: readonly SocketEntry[];
  readonly visibility: Visibility;
}

/** Quicker ways to what a snapshot is made of. */
export interface SnapshotSources {
  /** Asked before `/proc`. */
  readonly tables?: TableSource | undefined;
  /** A pass as {@link scanSocketHolders} makes it. */
  scan?(pids: readonly number[]): SocketHolders;
}

/** A snapshot whose entries are made as they are asked for. */
export interface LazySnapshot {
  readonly sockets: Iterable<SocketEntry>;
  readonly visibility: Visibility;
}

/**
 * All sockets, of every network namespace that may be read, with their owners. Blocks for as long as it reads:
 * about 10 ms for each 1,000 descriptors.
 *
 * @throws ProcmonError `PROCFS_UNAVAILABLE`; the signal's reason, where it is aborted.
 */
export function readSnapshot(procfs: Procfs, options?: SnapshotOptions): ProcSnapshot {
  const { sockets, visibility } = readLazySnapshot(procfs, options);
  return { sockets: [...sockets], visibility };
}

/** As {@link readSnapshot}, for readers that go through the sockets once. */
export function readLazySnapshot(procfs: Procfs, options?: SnapshotOptions, sources?: SnapshotSources): LazySnapshot {
  const families: readonly SocketFamily[] | undefined = options?.families;
  options?.signal?.throwIfAborted();
  const pids = listPids(procfs);
  const namespaces = listNetworkNamespaces(procfs, pids);
  const tables = namespaces.readable.map((namespace) => readSocketTables(procfs, namespace, families, sources?.tables));
  options?.signal?.throwIfAborted();
  const inodes = inodesOf(tables);
  const stillThere = (asked: ReadonlySet<number>): Set<number> =>
    stillListed(procfs, namespaces.readable, tables, asked, sources?.tables);
  // The descriptors are read after the tables, so that every socket listed had its holder by then.
  const pass = sources?.scan?.(listPids(procfs)) ?? scanSocketHolders(procfs);
  const found = findHolders(procfs, inodes, stillThere, pass, { namespaces });
  options?.signal?.throwIfAborted();
  const { complete: _, requires: __, ...visibility } = found.visibility;
  return { sockets: snapshotEntries(procfs, tables, found), visibility };
}
