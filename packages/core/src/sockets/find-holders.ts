import type { Procfs } from "../procfs/procfs.ts";
import type { SocketHolder } from "./held-sockets.ts";
import { type HolderVisibility, holderVisibility } from "./holder-visibility.ts";
import type { NetworkNamespaces } from "./network-namespaces.ts";
import { searchHolders } from "./search-holders.ts";
import { type SocketHolders, scanSocketHolders } from "./socket-holders.ts";

/** Who holds the sockets that were asked for. */
export interface FoundHolders {
  readonly byInode: ReadonlyMap<number, readonly SocketHolder[]>;
  /** Sockets for which every place was searched without finding anybody, and without a doubt. */
  readonly surelyUnheld: ReadonlySet<number>;
  /** Sockets that were closed meanwhile. */
  readonly closed: ReadonlySet<number>;
  readonly visibility: HolderVisibility;
}

/** How holders are completed. */
export interface FindHoldersOptions {
  /** For what it says of them in `visibility`. */
  readonly namespaces?: NetworkNamespaces;
  /** Search every place also where some processes may not be looked at. @default false */
  readonly thorough?: boolean;
}

/**
 * Completes what a pass over the descriptors found: searches for the sockets in `wanted` that it did not find.
 *
 * @param stillThere those of some inodes that the socket tables list now.
 */
export function findHolders(
  procfs: Procfs,
  wanted: ReadonlySet<number>,
  stillThere: (inodes: ReadonlySet<number>) => ReadonlySet<number>,
  pass: SocketHolders = scanSocketHolders(procfs),
  options?: FindHoldersOptions,
): FoundHolders {
  const visibility = holderVisibility(procfs, pass, options?.namespaces);
  const missing = new Set<number>();
  for (const inode of wanted) if (inode !== 0 && !pass.byInode.has(inode)) missing.add(inode);
  const existing = missing.size > 0 ? stillThere(missing) : missing;
  const closed = new Set([...missing].filter((inode) => !existing.has(inode)));
  if (existing.size === 0) return { byInode: pass.byInode, surelyUnheld: new Set(), closed, visibility };

  // Where some processes may not be looked at, these have most of what is missing.
  const everywhere = visibility.complete || options?.thorough === true;
  const search = searchHolders(procfs, existing, everywhere ? "everywhere" : "other-tables");
  const byInode = search.byInode.size > 0 ? new Map([...pass.byInode, ...search.byInode]) : pass.byInode;
  const unheld = new Set([...existing].filter((inode) => !search.byInode.has(inode)));
  const sure = !search.doubt && visibility.complete && unheld.size > 0;
  return { byInode, surelyUnheld: sure ? stillThere(unheld) : new Set(), closed, visibility };
}
