import { listPids, type Procfs, type SnapshotOptions, type SocketEntry, type Visibility } from "@procmon/core";
import type { KernelTables } from "@procmon/native";
import { createHolderDescriber, type DescribeProcess } from "../sockets/describe-holder.ts";
import type { NamespaceMembers } from "../sockets/namespace-members.ts";
import type { SocketList } from "../sockets/socket-list.ts";
import { snapshotEntries } from "./snapshot-entries.ts";
import { createUnheldSockets } from "./unheld-sockets.ts";
import { allRows, type NamespaceTables, readNamespaceTables, stillListed, type TableRow } from "./unheld-tables.ts";

/** Lists all sockets with their owners. */
export interface SocketSnapshot {
  /** Everything in it is read once the first entry is asked for. @throws the signal's reason, where it is aborted */
  entries(options?: SnapshotOptions): AsyncIterable<SocketEntry>;
  /** The kernel's list of descriptors leaves out no process, as far as sockets that nobody holds do not prove it wrong. */
  visibility(): Visibility;
}

/** What it works with. */
export interface SocketSnapshotParts {
  readonly procfs: Procfs;
  readonly tables: KernelTables;
  readonly members: NamespaceMembers;
  /** A list of sockets that is begun after the call. */
  search(): Promise<SocketList>;
  readonly describe: DescribeProcess;
}

type Family = SocketEntry["family"];

const FAMILIES: readonly Family[] = ["inet", "unix", "packet"];

/** Makes a snapshot's maker. */
export function createSocketSnapshot(parts: SocketSnapshotParts): SocketSnapshot {
  const { procfs, tables, members, search, describe } = parts;
  const unheld = createUnheldSockets(procfs, search);

  /** The tables are read while the kernel's iterator runs in another thread. */
  async function read(families: ReadonlySet<Family>): Promise<{ list: SocketList; namespaces: NamespaceTables[] }> {
    const listing = search();
    // It is awaited later: until then, a failure is not unhandled.
    listing.catch(() => {});
    members.refresh();
    const namespaces = members.list().map((netns) => readNamespaceTables(tables, netns, families));
    const list = await listing;
    members.learn(list.namespaces);
    const known = new Set(namespaces.map(({ netns }) => netns));
    for (const netns of list.namespaces.keys()) {
      if (!known.has(netns)) namespaces.push(readNamespaceTables(tables, netns, families));
    }
    return { list, namespaces };
  }

  async function readEntries(options: SnapshotOptions | undefined): Promise<Iterable<SocketEntry>> {
    const { signal } = options ?? {};
    signal?.throwIfAborted();
    const families = new Set(options?.families ?? FAMILIES);
    const { list, namespaces } = await read(families);
    signal?.throwIfAborted();
    const stillThere = (asked: ReadonlySet<number>) => stillListed(tables, namespaces, asked);
    const explained = await unheld.explain(unlistedRows(list, namespaces), stillThere);
    signal?.throwIfAborted();
    return snapshotEntries({
      list,
      namespaces,
      families,
      explained,
      describe: createHolderDescriber(describe, procfs),
    });
  }

  return {
    entries: (options) => eachOf(() => readEntries(options)),
    visibility() {
      if (unheld.hidden) return unheld.hidden;
      const total = listPids(procfs).length;
      return { pidsReadable: total, pidsTotal: total, hiddenBy: [] };
    },
  };
}

/** Sockets in the tables that no process was seen to hold. */
function unlistedRows(list: SocketList, namespaces: readonly NamespaceTables[]): TableRow[] {
  const rows: TableRow[] = [];
  for (const namespace of namespaces) {
    for (const row of allRows(namespace)) if (row.inode !== 0 && !list.byInode.has(row.inode)) rows.push(row);
  }
  return rows;
}

/** Of a generator this makes the same, at a cost that shows with 10,000 entries. */
function eachOf<T>(read: () => Promise<Iterable<T>>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      let entries: Iterator<T> | undefined;
      async function begin(): Promise<IteratorResult<T>> {
        entries = (await read())[Symbol.iterator]();
        return entries.next();
      }
      return { next: () => (entries === undefined ? begin() : Promise.resolve(entries.next())) };
    },
  };
}
