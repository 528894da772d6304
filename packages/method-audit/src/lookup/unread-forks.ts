import { isSocketAt, type Procfs, type SocketHolder } from "@procmon/core";
import { createLastPid, readParent } from "./last-pid.ts";
import type { RecentForks } from "./recent-forks.ts";

/**
 * Finds processes of which no record has been read yet, or never will be, and which may have got sockets from their parents. Records come some milliseconds
 * late, and processes that were there before auditing was first turned on leave none.
 */
export interface UnreadForks {
  /**
   * True if a process that was made lately may hold the socket too.
   *
   * @param since the last pid that had been given away when its holders were looked for; without it, the process was told of by a record
   */
  mayHold(inode: number, holders: readonly SocketHolder[], since: number | undefined): boolean;
  /** Idempotent. */
  close(): void;
}

/** With more new processes than that, a search costs as much as looking at each. */
const MAX_NEW = 48;

/** Pid 1 gets the children of those that have ended. */
const INIT = 1;

/** Makes a watch to which all is known that was there before. */
export function createUnreadForks(procfs: Procfs, forks: Pick<RecentForks, "settled">): UnreadForks {
  const lastPid = createLastPid(procfs);
  const first = lastPid.read();

  function isHolderOrChild(pid: number, inode: number, holders: readonly SocketHolder[]): boolean {
    if (holders.some((holder) => holder.pid === pid)) return false;
    const parent = readParent(procfs, pid);
    if (parent === undefined) return false;
    // Whose parent has ended may be anybody's grandchild. One whose parent is new, too, is settled with that one.
    if (parent === INIT || holders.some((holder) => holder.pid === parent)) return true;
    return holders.some(({ fd }) => fd !== undefined && isSocketAt(procfs, pid, fd, inode));
  }

  return {
    close: lastPid.close,
    mayHold(inode, holders, since) {
      const from = since ?? forks.settled() ?? first;
      const last = lastPid.read();
      if (from === undefined || last === undefined || last < from || last - from > MAX_NEW) return true;
      for (let pid = from + 1; pid <= last; pid++) if (isHolderOrChild(pid, inode, holders)) return true;
      return false;
    },
  };
}
