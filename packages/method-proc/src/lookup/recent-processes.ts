import {
  isSocketAt,
  listPids,
  type ProcessIdentity,
  type Procfs,
  readHeldSockets,
  type SocketHolder,
} from "@procmon/core";

/** Processes looked at. */
const MAX_PROCESSES = 16;

/** Descriptors probed in other processes; beyond that a pass over all costs no more. */
const MAX_PROBES = 4096;

/**
 * Looks for sockets in the descriptors of processes that were active lately, which costs a tenth of a pass. A socket that
 * several processes hold is left to the pass: those who got it by fork(2) have it under the same number, which is
 * probed. One that was passed on over a unix socket and kept, under another number, shows only in a pass.
 */
export function findInRecent(
  procfs: Procfs,
  wanted: ReadonlySet<number>,
  recent: readonly ProcessIdentity[],
): Map<number, SocketHolder[]> {
  const found = new Map<number, SocketHolder[]>();
  if (recent.length === 0) return found;
  const pids = listPids(procfs);
  let probes = 0;
  for (const pid of new Set(recent.slice(0, MAX_PROCESSES).map((process) => process.pid))) {
    if (found.size === wanted.size) break;
    const held = readHeldSockets(procfs, pid);
    if (!held.ok) continue;
    for (const inode of wanted) {
      const fd = held.value.sockets.get(inode);
      probes += fd === undefined ? 0 : pids.length;
      if (fd === undefined || probes > MAX_PROBES) continue;
      const shared = pids.some((other) => other !== pid && isSocketAt(procfs, other, fd, inode));
      if (!shared) found.set(inode, [{ pid, startTime: held.value.startTime, fd }]);
    }
  }
  return found;
}
