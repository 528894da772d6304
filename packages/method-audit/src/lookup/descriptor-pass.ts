import {
  isSocketAt,
  listPids,
  PF_KTHREAD,
  type Procfs,
  parseStat,
  readHeldSockets,
  readStartTime,
  type SocketHolder,
  type SocketHolders,
  scanSocketHolders,
} from "@procmon/core";
import type { ScannedProcess } from "@procmon/native";
import type { NativeAccess } from "../native-access.ts";
import { createLastPid } from "./last-pid.ts";
import { createUnreadForks } from "./unread-forks.ts";

/** Passes over the descriptors of all processes. */
export interface DescriptorPass {
  /**
   * Those of some sockets whose holders the last pass has seen, each checked just now. Empty where it is too old, and without those that a process
   * which was made since may hold, too.
   */
  recall(inodes: ReadonlySet<number>): Map<number, readonly SocketHolder[]>;
  /** Makes a pass; of what it finds, only the holders of these sockets are told. */
  run(inodes: ReadonlySet<number>): SocketHolders;
  readonly counters: { passes: number; nativePasses: number };
  /** Gives back what is open. */
  close(): void;
}

/** Milliseconds after which others may have been given a socket, so that a pass is not trusted any more. */
const MAX_AGE_MS = 1000;

/** EPERM and EACCES. */
const DENIED: ReadonlySet<number> = new Set([1, 13]);

/** Nanoseconds of a clock tick, the unit of start times. */
const TICK_NS = 10_000_000n;

/** Clock ticks for which a process counts as young. */
const MARGIN = 1n;

/** Finds the holders of a socket in what a pass has seen. */
type FindHolders = (inode: number) => readonly SocketHolder[];

/** @param native passes in several threads, in a quarter of the time */
export function createDescriptorPass(procfs: Procfs, native: NativeAccess | undefined): DescriptorPass {
  const counters = { passes: 0, nativePasses: 0 };
  let last: FindHolders = () => [];
  let passedAt = Number.NEGATIVE_INFINITY;
  const lastPids = createLastPid(procfs);
  const newcomers = createUnreadForks(procfs, { settled: () => undefined });
  /** The last pid that had been given away when the last pass began. */
  let lastPid: number | undefined;

  function runInJavaScript(): Omit<SocketHolders, "byInode"> {
    const { byInode, pids, denied } = scanSocketHolders(procfs);
    last = (inode) => byInode.get(inode) ?? [];
    return { pids, denied };
  }

  function runNatively({ scanSockets, readClocks }: NativeAccess): Omit<SocketHolders, "byInode"> {
    counters.nativePasses++;
    const began = readClocks().boottime / TICK_NS;
    const pids = listPids(procfs);
    const denied: number[] = [];
    const odd: number[] = [];
    const holders: ScannedProcess[] = [];
    scanSockets(procfs.root, pids, (scanned) => {
      const kind = sortOut(scanned);
      if (kind === "denied") denied.push(scanned.pid);
      else if (kind === "odd") odd.push(scanned.pid);
      else if (kind === "holder") holders.push(scanned);
    });
    // Where the main thread has ended, others may have their own descriptors: core knows how to look.
    const more = odd.length > 0 ? scanSocketHolders(procfs, odd) : undefined;
    if (more) denied.push(...more.denied);
    last = (inode) => {
      const found = holders.flatMap((process) => holderIn(procfs, process, inode, began) ?? []);
      return [...found, ...(more?.byInode.get(inode) ?? [])].sort((a, b) => a.pid - b.pid);
    };
    return { pids, denied: denied.sort((a, b) => a - b) };
  }

  return {
    counters,
    recall(inodes) {
      const found = new Map<number, readonly SocketHolder[]>();
      if (performance.now() - passedAt > MAX_AGE_MS) return found;
      for (const inode of inodes) {
        const holders = last(inode);
        const isSo = holders.length > 0 && holders.every((holder) => isHolding(procfs, holder, inode));
        if (isSo && !newcomers.mayHold(inode, holders, lastPid)) found.set(inode, holders);
      }
      return found;
    },
    run(inodes) {
      counters.passes++;
      passedAt = performance.now();
      lastPid = lastPids.read();
      const pass = native ? runNatively(native) : runInJavaScript();
      const byInode = new Map<number, readonly SocketHolder[]>();
      for (const inode of inodes) {
        const holders = last(inode);
        if (holders.length > 0) byInode.set(inode, holders);
      }
      return { ...pass, byInode };
    },
    close() {
      lastPids.close();
      newcomers.close();
    },
  };
}

/** True if this very process holds the socket by this very descriptor now. */
function isHolding(procfs: Procfs, { pid, fd, tid, startTime }: SocketHolder, inode: number): boolean {
  return fd !== undefined && isSocketAt(procfs, pid, fd, inode, tid) && readStartTime(procfs, pid) === startTime;
}

/** Undefined for a process that has no socket, or has ended. */
function sortOut({ error, stat, others, sockets }: ScannedProcess): "holder" | "denied" | "odd" | undefined {
  if (error === 0 && sockets.length > 0) return "holder";
  if (error === 0 && others > 0) return undefined;
  const parsed = parseStat(stat);
  // A process that has ended; or a thread of the kernel, which has no descriptors, whoever asks.
  if (!parsed || parsed.flags & PF_KTHREAD) return undefined;
  if (parsed.state === "Z") return parsed.numThreads > 1 ? "odd" : undefined;
  if (error !== 0) return DENIED.has(error) ? "denied" : undefined;
  // Nothing open at all: the main thread may have ended meanwhile.
  return parsed.numThreads > 1 ? "odd" : undefined;
}

/** Who a process is, is looked at only where it is one of those that are asked for. */
function holderIn(
  procfs: Procfs,
  { pid, sockets }: ScannedProcess,
  inode: number,
  began: bigint,
): SocketHolder | undefined {
  const fd = lowestDescriptor(sockets, inode);
  const startTime = fd === undefined ? undefined : readStartTime(procfs, pid);
  if (fd === undefined || startTime === undefined) return undefined;
  // It lived before the pass began, so that the pid was its own all the time.
  if (startTime + MARGIN < began) return { pid, startTime, fd };
  const held = readHeldSockets(procfs, pid);
  const now = held.ok ? held.value.sockets.get(inode) : undefined;
  return held.ok && now !== undefined ? { pid, startTime: held.value.startTime, fd: now } : undefined;
}

function lowestDescriptor(sockets: Float64Array, inode: number): number | undefined {
  let lowest: number | undefined;
  for (let at = sockets.indexOf(inode); at >= 0; at = sockets.indexOf(inode, at + 1)) {
    // A descriptor's number may be the same as the inode's.
    if (at % 2 === 1) continue;
    const fd = sockets[at + 1] ?? 0;
    if (lowest === undefined || fd < lowest) lowest = fd;
  }
  return lowest;
}
