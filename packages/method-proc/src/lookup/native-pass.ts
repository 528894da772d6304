import {
  listPids,
  PF_KTHREAD,
  type Procfs,
  parseStat,
  type SocketHolder,
  type SocketHolders,
  scanSocketHolders,
} from "@procmon/core";
import type { ScannedProcess } from "@procmon/native";
import type { NativeAccess } from "../native-access.ts";
import { createHolderIndex, type HeldSocketColumns } from "./holder-index.ts";

/** EPERM and EACCES. */
const DENIED: ReadonlySet<number> = new Set([1, 13]);

/**
 * A pass as core's `scanSocketHolders` makes it, in several threads. What was read of a process came all through one descriptor of its directory,
 * so that it is surely of one process, which the start time in its stat names.
 */
export function scanNatively(
  procfs: Procfs,
  native: Pick<NativeAccess, "scanSockets">,
  pids: readonly number[] = listPids(procfs),
): SocketHolders {
  const columns: HeldSocketColumns[] = [];
  const denied: number[] = [];
  const odd: number[] = [];
  native.scanSockets(procfs.root, pids, (scanned) => {
    const result = sortOut(scanned);
    if (result === "denied") denied.push(scanned.pid);
    else if (result === "odd") odd.push(scanned.pid);
    else if (result) columns.push(result);
  });
  // Where the main thread has ended, others may have their own descriptors: core knows how to look.
  const more = odd.length > 0 ? scanSocketHolders(procfs, odd) : undefined;
  if (more) denied.push(...more.denied);
  return {
    byInode: createHolderIndex(columns, more?.byInode ?? NO_HOLDERS),
    pids,
    denied: denied.sort((a, b) => a - b),
  };
}

const NO_HOLDERS: ReadonlyMap<number, readonly SocketHolder[]> = new Map();

/** Undefined for a process that has no socket, or has ended. */
function sortOut({
  pid,
  error,
  stat,
  others,
  sockets,
}: ScannedProcess): HeldSocketColumns | "denied" | "odd" | undefined {
  if (error === 0 && stat.length > 0 && sockets.length > 0) {
    return { pid, startTime: () => parseStat(stat)?.startTime ?? 0n, sockets };
  }
  if (error === 0 && others > 0) return undefined;
  const parsed = parseStat(stat);
  // A process that has ended; or a thread of the kernel, which has no descriptors, whoever asks.
  if (!parsed || parsed.flags & PF_KTHREAD) return undefined;
  if (parsed.state === "Z") return parsed.numThreads > 1 ? "odd" : undefined;
  if (error !== 0) return DENIED.has(error) ? "denied" : undefined;
  // Nothing open at all: the main thread may have ended after its stat was read.
  return parsed.numThreads > 1 ? "odd" : undefined;
}
