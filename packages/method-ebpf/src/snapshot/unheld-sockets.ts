import {
  findHolders,
  type HolderKnowledge,
  type Ownership,
  type Procfs,
  type SocketHolder,
  scanSocketHolders,
  socketOwnership,
  type Visibility,
} from "@procmon/core";
import type { SocketList } from "../sockets/socket-list.ts";
import type { TableRow } from "./unheld-tables.ts";

/** Finds out about sockets that are in the kernel's tables, with an inode, and that no descriptor was found of. */
export interface UnheldSockets {
  /**
   * What each of these is: undefined for one that is closed by now.
   *
   * @param stillThere those of some inodes that the tables list now
   */
  explain(rows: readonly TableRow[], stillThere: InodeFilter): Promise<ReadonlyMap<number, Unheld>>;
  /** What hides processes, as the last search found it whose sockets some of these may hold; undefined where none did. */
  readonly hidden: Visibility | undefined;
}

/** Some inodes of others. */
export type InodeFilter = (inodes: ReadonlySet<number>) => ReadonlySet<number>;

/** Who holds a socket in an unusual place, or why nobody does. */
export type Unheld = { readonly holders: readonly SocketHolder[] } | { readonly ownership: Ownership };

/** Sockets that are remembered. */
const CAPACITY = 4096;

/** Milliseconds after which a socket whose holder was not found is searched for again, in every place: that takes long. */
const UNHELD_MS = 10_000;

interface Verdict {
  readonly ownership: Ownership;
  readonly expires: number;
}

/** Makes a finder that remembers the kernel's own sockets, which stay what they are. */
export function createUnheldSockets(procfs: Procfs, search: () => Promise<SocketList>): UnheldSockets {
  /** By cookie, which names a socket for ever. */
  const verdicts = new Map<bigint, Verdict>();
  let hidden: Visibility | undefined;

  function recall(cookie: bigint): Ownership | undefined {
    const verdict = verdicts.get(cookie);
    return verdict !== undefined && performance.now() < verdict.expires ? verdict.ownership : undefined;
  }

  function remember(cookie: bigint, ownership: Ownership): void {
    if (verdicts.size >= CAPACITY) verdicts.clear();
    const expires = ownership.kind === "kernel" ? Number.POSITIVE_INFINITY : performance.now() + UNHELD_MS;
    verdicts.set(cookie, { ownership, expires });
  }

  /**
   * Also where the kernel's list does not look: in processes that are guarded against it, in places where one may hold a socket without a
   * descriptor, and in messages on their way. Takes longer than all else.
   */
  function searchEverywhere(rows: readonly TableRow[], stillThere: InodeFilter, into: Map<number, Unheld>): void {
    const inodes = stillThere(new Set(rows.map((row) => row.inode)));
    if (inodes.size === 0) return;
    const found = findHolders(procfs, inodes, stillThere, scanSocketHolders(procfs));
    const knowledge: HolderKnowledge = {
      holdersOf: () => [],
      describe: () => undefined,
      isSurelyUnheld: (inode) => found.surelyUnheld.has(inode),
      visibility: found.visibility,
    };
    for (const row of rows) {
      if (!inodes.has(row.inode) || found.closed.has(row.inode)) continue;
      const holders = found.byInode.get(row.inode);
      const ownership = holders ? undefined : socketOwnership(row, knowledge, { confidence: "exact", via: "ebpf" });
      if (ownership) remember(row.cookie, ownership);
      into.set(row.inode, ownership ? { ownership } : { holders: holders ?? [] });
      if (ownership?.kind === "hidden") {
        const { pidsReadable, pidsTotal, hiddenBy } = found.visibility;
        hidden = { pidsReadable, pidsTotal, hiddenBy };
      }
    }
  }

  return {
    get hidden() {
      return hidden;
    },
    async explain(rows, stillThere) {
      const explained = new Map<number, Unheld>();
      const open = rows.filter(({ inode, cookie }) => {
        const ownership = recall(cookie);
        if (ownership) explained.set(inode, { ownership });
        return !ownership;
      });
      if (open.length === 0) return explained;
      // It may have been made after its process had been listed.
      const { byInode } = await search();
      const unlisted = open.filter(({ inode }) => {
        const holders = byInode.get(inode)?.holders;
        if (holders) explained.set(inode, { holders });
        return !holders;
      });
      if (unlisted.length > 0) searchEverywhere(unlisted, stillThere, explained);
      return explained;
    },
  };
}
