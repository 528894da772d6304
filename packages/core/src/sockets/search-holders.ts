import { statSync } from "node:fs";
import { listPids, listThreads } from "../procfs/list-pids.ts";
import { PF_KTHREAD } from "../procfs/parse-stat.ts";
import { processFile } from "../procfs/process-file.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readProcFile } from "../procfs/read-proc-file.ts";
import { readStat } from "../procfs/read-stat.ts";
import { readHeldSockets, type SocketHolder, socketInode, visitSockets } from "./held-sockets.ts";
import { addHolder } from "./socket-holders.ts";

/** What a search for the holders of certain sockets came to. */
export interface HolderSearch {
  readonly byInode: ReadonlyMap<number, readonly SocketHolder[]>;
  /**
   * True if a socket that was not found may be held all the same: descriptors are on their way through a unix socket (SCM_RIGHTS,
   * unix(7)), or a place where one may be could not be read.
   */
  readonly doubt: boolean;
}

/**
 * Where to search: for threads with a descriptor table of another size than the main thread's, which is quick; in the tables
 * of all threads; or in every place. Only with `everywhere` means `doubt` anything.
 */
export type SearchPlaces = "other-tables" | "threads" | "everywhere";

/**
 * Looks for sockets that a pass over the descriptors did not find, in every place where a process may hold one: descriptor
 * tables of single threads (unshare(2), CLONE_FILES), files registered with io_uring(7), mappings, and
 * descriptors in flight. Costs several times as much as a pass.
 */
export function searchHolders(
  procfs: Procfs,
  wanted: ReadonlySet<number>,
  places: SearchPlaces = "everywhere",
): HolderSearch {
  const search: Search = { procfs, wanted, byInode: new Map(), doubt: false };
  const pids = listPids(procfs);
  // Where the kernel tells how many descriptors a table has (6.2 and later), one that differs is quickly found.
  for (const pid of pids) if (!isComplete(search)) searchThreads(search, pid, true);
  if (places === "other-tables" && hasTableSizes(procfs)) return { byInode: search.byInode, doubt: true };
  const slow = places === "everywhere" ? searchProcess : searchAllThreads;
  for (const pid of pids) if (!isComplete(search)) slow(search, pid);
  if (!isComplete(search)) {
    // A process that was forked meanwhile may have inherited what its parent then closed.
    const known = new Set(pids);
    if (listPids(procfs).some((pid) => !known.has(pid))) search.doubt = true;
  }
  return { byInode: search.byInode, doubt: search.doubt };
}

interface Search {
  readonly procfs: Procfs;
  readonly wanted: ReadonlySet<number>;
  readonly byInode: Map<number, SocketHolder[]>;
  doubt: boolean;
}

function isComplete(search: Search): boolean {
  return search.byInode.size === search.wanted.size;
}

function searchProcess(search: Search, pid: number): void {
  const stat = readStat(search.procfs, pid);
  if (!stat.ok) {
    // Whoever ends while we look may have passed on what it held.
    search.doubt = true;
    return;
  }
  if (stat.value.flags & PF_KTHREAD || (stat.value.state === "Z" && stat.value.numThreads <= 1)) return;
  const { startTime } = stat.value;
  const found: [inode: number, fd: number | undefined][] = [];
  const failure = visitSockets(
    search.procfs,
    pid,
    undefined,
    (inode, fd) => {
      if (search.wanted.has(inode)) found.push([inode, fd]);
      else if (hasDescriptorsInFlight(search.procfs, pid, fd)) search.doubt = true;
    },
    (target, fd) => {
      if (target === "anon_inode:[io_uring]") searchRing(search, pid, fd, found);
    },
  );
  if (failure === "denied") search.doubt = true;
  searchMappings(search, pid, found);
  const after = readStat(search.procfs, pid);
  if (after.ok && after.value.startTime === startTime) {
    for (const [inode, fd] of found) {
      addHolder(search.byInode, inode, fd === undefined ? { pid, startTime } : { pid, startTime, fd });
    }
  } else {
    search.doubt = true;
  }
  searchAllThreads(search, pid);
}

function searchAllThreads(search: Search, pid: number): void {
  if (threadCount(search.procfs, pid) > 1) searchThreads(search, pid, false);
}

/** Descriptor tables of single threads: with `quick` only those that have another size than the main thread's. */
function searchThreads(search: Search, pid: number, quick: boolean): void {
  const { procfs } = search;
  if (quick && !(threadCount(procfs, pid) > 1)) return;
  const threads = listThreads(procfs, pid);
  if (!threads.ok) {
    search.doubt ||= threads.failure !== "gone";
    return;
  }
  const mainSize = quick ? tableSize(procfs, pid) : 0;
  for (const tid of threads.value) {
    if (tid === pid || (quick && tableSize(procfs, pid, tid) === mainSize)) continue;
    const held = readHeldSockets(procfs, pid, tid);
    if (!held.ok) {
      search.doubt ||= held.failure !== "gone";
      continue;
    }
    const { startTime, sockets } = held.value;
    for (const [inode, fd] of sockets) {
      // What the main thread holds too has been found there.
      if (!search.wanted.has(inode) || search.byInode.has(inode)) continue;
      addHolder(search.byInode, inode, { pid, startTime, fd, tid });
    }
  }
}

/** `/proc/<pid>/task` has a link for each thread and two more: one call tells of all. */
function threadCount(procfs: Procfs, pid: number): number {
  try {
    return statSync(processFile(procfs, pid, "task")).nlink - 2;
  } catch {
    return 0;
  }
}

function tableSize(procfs: Procfs, pid: number, tid?: number): number {
  try {
    return statSync(processFile(procfs, pid, "fd", tid)).size;
  } catch {
    return -1;
  }
}

/** Descriptors that were sent over this unix socket and not yet received: `scm_fds` in fdinfo (proc_pid_fdinfo(5), Linux 5.9). */
function hasDescriptorsInFlight(procfs: Procfs, pid: number, fd: number): boolean {
  const info = readProcFile(processFile(procfs, pid, `fdinfo/${fd}`), { single: true });
  if (!info.ok) return info.failure !== "gone";
  const text = info.value.toString("latin1", 0, 1024);
  const count = /^scm_fds:\s*(\d{1,10})$/m.exec(text)?.[1];
  return count !== undefined && count !== "0";
}

/** Files registered with a ring stay open without a descriptor: lines `    0: socket:[123]` after `UserFiles` in its fdinfo. */
function searchRing(search: Search, pid: number, fd: number, found: [number, number | undefined][]): void {
  const info = readProcFile(processFile(search.procfs, pid, `fdinfo/${fd}`));
  if (!info.ok) {
    search.doubt = true;
    return;
  }
  const text = info.value.toString("latin1");
  const count = /^UserFiles:\s*(\d{1,10})$/m.exec(text)?.[1];
  let listed = 0;
  for (const [, target] of text.matchAll(/^ {0,5}\d{1,6}: (\S{1,64})/gm)) {
    listed++;
    const inode = socketInode(target ?? "");
    if (inode !== undefined && search.wanted.has(inode)) found.push([inode, undefined]);
  }
  // The kernel leaves the list out while the ring is busy.
  if (count === undefined || (count !== "0" && listed === 0)) search.doubt = true;
}

/** A mapped socket stays open without a descriptor, as with PACKET_MMAP and TCP_ZEROCOPY_RECEIVE. */
function searchMappings(search: Search, pid: number, found: [number, number | undefined][]): void {
  const maps = readProcFile(processFile(search.procfs, pid, "maps"));
  if (!maps.ok) {
    search.doubt ||= maps.failure !== "gone";
    return;
  }
  let at = maps.value.indexOf(" socket:[");
  while (at >= 0) {
    const end = maps.value.indexOf(0x5d, at);
    if (end < 0) return;
    const inode = socketInode(maps.value.toString("latin1", at + 1, end + 1));
    if (inode !== undefined && search.wanted.has(inode)) found.push([inode, undefined]);
    at = maps.value.indexOf(" socket:[", end);
  }
}

/** False before Linux 6.2. This very process surely has descriptors. */
function hasTableSizes(procfs: Procfs): boolean {
  try {
    return statSync(`${procfs.root}/self/fd`).size > 0;
  } catch {
    return false;
  }
}
