import { isSocketAt, type Procfs, readStartTime, type SocketHolder, type SocketHolders } from "@procmon/core";

/** What the last pass over the descriptors of all processes found. */
export interface SocketIndex {
  /** The holders of a socket, each checked just now; empty where the pass is too old or did not find all of them still there. */
  find(inode: number): readonly SocketHolder[];
  /** Makes a pass. */
  scan(): SocketHolders;
  /** Adds what a search found beside the pass. */
  learn(byInode: ReadonlyMap<number, readonly SocketHolder[]>): void;
  readonly passes: number;
}

/** Milliseconds after which further processes may hold a socket, so that a pass is not trusted any more. */
const MAX_AGE_MS = 1000;

/**
 * Makes an index that is empty until the first pass.
 *
 * @param pass over the descriptors of all processes, as core's `scanSocketHolders` makes it
 */
export function createSocketIndex(procfs: Procfs, pass: () => SocketHolders): SocketIndex {
  let byInode: ReadonlyMap<number, readonly SocketHolder[]> = new Map();
  let scannedAt = Number.NEGATIVE_INFINITY;
  let passes = 0;
  return {
    get passes() {
      return passes;
    },
    find(inode) {
      if (performance.now() - scannedAt > MAX_AGE_MS) return [];
      const holders = byInode.get(inode) ?? [];
      return holders.every((holder) => isHolding(procfs, holder, inode)) ? holders : [];
    },
    scan() {
      scannedAt = performance.now();
      passes++;
      const found = pass();
      byInode = found.byInode;
      return found;
    },
    learn(found) {
      byInode = found;
    },
  };
}

/** True if this very process holds the socket by this very descriptor now. */
export function isHolding(procfs: Procfs, holder: SocketHolder, inode: number): boolean {
  const { pid, fd, tid, startTime } = holder;
  return fd !== undefined && isSocketAt(procfs, pid, fd, inode, tid) && readStartTime(procfs, pid) === startTime;
}
