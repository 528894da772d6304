import { listPids, listThreads } from "../procfs/list-pids.ts";
import { PF_KTHREAD } from "../procfs/parse-stat.ts";
import type { Procfs } from "../procfs/procfs.ts";
import type { ReadFailure } from "../procfs/read-outcome.ts";
import { readProcFile } from "../procfs/read-proc-file.ts";
import { readStat } from "../procfs/read-stat.ts";
import { readHeldSockets, type SocketHolder, visitSockets } from "./held-sockets.ts";

/** Who holds which socket, as one pass over all descriptors found it. */
export interface SocketHolders {
  /** By inode, lowest pid first. */
  readonly byInode: ReadonlyMap<number, readonly SocketHolder[]>;
  /** Every process that `/proc` showed. */
  readonly pids: readonly number[];
  /** Processes whose descriptors may not be read. */
  readonly denied: readonly number[];
}

/** Clock ticks for which a process counts as young: `/proc/uptime` and start times are rounded. */
const MARGIN = 3n;

/**
 * One pass over `/proc/<pid>/fd` of all processes. Sockets that are held only by a thread with a descriptor table of its
 * own are found by `searchHolders`, except where the main thread has ended.
 */
export function scanSocketHolders(procfs: Procfs, pids: readonly number[] = listPids(procfs)): SocketHolders {
  const scan: Scan = { procfs, byInode: new Map(), began: uptimeTicks(procfs) };
  const denied = pids.filter((pid) => scanProcess(scan, pid) === "denied");
  return { byInode: scan.byInode, pids, denied };
}

interface Scan {
  readonly procfs: Procfs;
  readonly byInode: Map<number, SocketHolder[]>;
  /** When the pass began, in clock ticks since boot. */
  readonly began: bigint;
}

/** Adds the sockets of a process. Returns why not, where they could not be read. */
function scanProcess(scan: Scan, pid: number): ReadFailure | undefined {
  const sockets: number[] = [];
  let others = 0;
  const failure = visitSockets(
    scan.procfs,
    pid,
    undefined,
    (inode, fd) => sockets.push(inode, fd),
    () => others++,
  );
  if (sockets.length === 0 && others > 0 && !failure) return undefined;

  const stat = readStat(scan.procfs, pid);
  if (!stat.ok) return "gone";
  // A thread of the kernel has no descriptors, whoever asks.
  if (stat.value.flags & PF_KTHREAD) return undefined;
  if (stat.value.state === "Z") return stat.value.numThreads > 1 ? scanThreads(scan, pid) : undefined;
  if (failure) return failure;
  if (sockets.length === 0) return undefined;

  const { startTime } = stat.value;
  if (startTime + MARGIN < scan.began) {
    // It lived before the pass began, so the descriptors were this very process's.
    for (let index = 0; index < sockets.length; index += 2) {
      addHolder(scan.byInode, sockets[index] ?? 0, { pid, startTime, fd: sockets[index + 1] ?? 0 });
    }
    return undefined;
  }
  const held = readHeldSockets(scan.procfs, pid);
  if (!held.ok) return held.failure;
  for (const [inode, fd] of held.value.sockets) {
    addHolder(scan.byInode, inode, { pid, startTime: held.value.startTime, fd });
  }
  return undefined;
}

/** The main thread has ended, and with it its descriptors; the other threads may have theirs. */
function scanThreads(scan: Scan, pid: number): ReadFailure | undefined {
  const threads = listThreads(scan.procfs, pid);
  if (!threads.ok) return threads.failure;
  for (const tid of threads.value) {
    if (tid === pid) continue;
    const held = readHeldSockets(scan.procfs, pid, tid);
    if (!held.ok) {
      if (held.failure === "denied") return "denied";
      continue;
    }
    const { startTime, sockets } = held.value;
    for (const [inode, fd] of sockets) addHolder(scan.byInode, inode, { pid, startTime, fd, tid });
  }
  return undefined;
}

/** Adds a holder, or a lower descriptor of one that is there. */
export function addHolder(byInode: Map<number, SocketHolder[]>, inode: number, holder: SocketHolder): void {
  const holders = byInode.get(inode);
  if (!holders) {
    byInode.set(inode, [holder]);
    return;
  }
  const at = holders.findIndex((each) => each.pid === holder.pid);
  const known = holders[at];
  if (!known) {
    holders.push(holder);
    if ((holders.at(-2)?.pid ?? 0) > holder.pid) holders.sort((a, b) => a.pid - b.pid);
  } else if (holder.fd !== undefined && (known.fd === undefined || holder.fd < known.fd)) {
    holders[at] = holder;
  }
}

/** Time since boot, in clock ticks (1/100 s), the unit of start times; 0 where it is not known, which makes every process young. */
function uptimeTicks(procfs: Procfs): bigint {
  const read = readProcFile(`${procfs.root}/uptime`, { single: true });
  const seconds = read.ok ? Number.parseFloat(read.value.toString("latin1", 0, 32)) : 0;
  return Number.isFinite(seconds) && seconds > 0 ? BigInt(Math.floor(seconds * 100)) : 0n;
}
