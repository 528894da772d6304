import { statSync } from "node:fs";
import { listPids } from "../procfs/list-pids.ts";
import { processFile } from "../procfs/process-file.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readNamespace } from "../procfs/read-namespace.ts";
import type { ReadOutcome } from "../procfs/read-outcome.ts";

/** A network namespace, and processes through which its tables can be read. */
export interface NetworkNamespace {
  /** Its inode number (namespaces(7)). */
  readonly netns: number;
  /** Processes that are in it, at most {@link MAX_MEMBERS}; the next one serves where one has ended. */
  readonly pids: readonly number[];
}

/** The network namespaces that can be seen through processes. */
export interface NetworkNamespaces {
  readonly readable: readonly NetworkNamespace[];
  /**
   * How many more there are whose number may not be read. Their tables are not told apart from the
   * others by a number, and so are not used.
   */
  readonly denied: number;
}

/** Processes kept of each namespace. */
const MAX_MEMBERS = 8;

/**
 * The distinct network namespaces of all processes. Not among them are namespaces that only a bind mount, a descriptor or a
 * single thread keeps alive.
 */
export function listNetworkNamespaces(procfs: Procfs, pids: readonly number[] = listPids(procfs)): NetworkNamespaces {
  const members = new Map<number, number[]>();
  const deniedPids: number[] = [];
  for (const pid of pids) {
    const netns = readNamespace(procfs, pid, "net");
    if (!netns.ok) {
      if (netns.failure === "denied") deniedPids.push(pid);
      continue;
    }
    const known = members.get(netns.value);
    if (!known) members.set(netns.value, [pid]);
    else if (known.length < MAX_MEMBERS) known.push(pid);
  }
  const readable = [...members].map(([netns, pids]) => ({ netns, pids }));
  return { readable, denied: countDenied(procfs, deniedPids, readable) };
}

/**
 * Reads through the first process of a namespace that lives and is still in it. `gone` if none is.
 * That the number is the same after the reading rules out a reused pid.
 */
export function readInNamespace<T>(
  procfs: Procfs,
  namespace: NetworkNamespace,
  read: (pid: number) => ReadOutcome<T>,
): ReadOutcome<T> {
  let outcome: ReadOutcome<T> = { ok: false, failure: "gone" };
  for (const pid of namespace.pids) {
    outcome = read(pid);
    if (!outcome.ok) continue;
    const after = readNamespace(procfs, pid, "net");
    if (after.ok && after.value === namespace.netns) return outcome;
    outcome = { ok: false, failure: "gone" };
  }
  return outcome;
}

/**
 * Namespaces of processes that may not be looked at, told apart by the inode number that each namespace gives its own
 * `/proc/<pid>/net/dev`: everybody may ask for that.
 */
function countDenied(procfs: Procfs, pids: readonly number[], readable: readonly NetworkNamespace[]): number {
  if (pids.length === 0) return 0;
  const known = new Set<number>();
  for (const namespace of readable) {
    for (const pid of namespace.pids) {
      const id = tableInode(procfs, pid);
      if (id !== undefined) known.add(id);
    }
  }
  const readableCount = known.size;
  for (const pid of pids) {
    const id = tableInode(procfs, pid);
    if (id !== undefined) known.add(id);
  }
  return known.size - readableCount;
}

function tableInode(procfs: Procfs, pid: number): number | undefined {
  try {
    return statSync(processFile(procfs, pid, "net/dev"), { throwIfNoEntry: false })?.ino;
  } catch {
    return undefined;
  }
}
