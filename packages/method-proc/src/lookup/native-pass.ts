import {
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
import { TICK_NS } from "../scan/scan-clock.ts";
import { createHolderIndex, type HeldSocketColumns, type SettledSockets } from "./holder-index.ts";

/** EPERM and EACCES. */
const DENIED: ReadonlySet<number> = new Set([1, 13]);

/** Clock ticks for which a process counts as young. */
const MARGIN = 1n;

/** A pass as core's `scanSocketHolders` makes it, in several threads. Who a process is, is looked at only where one is to be told of. */
export function scanNatively(
  procfs: Procfs,
  native: Pick<NativeAccess, "scanSockets" | "readClocks">,
  pids: readonly number[] = listPids(procfs),
): SocketHolders {
  const began = native.readClocks().boottime / TICK_NS;
  const columns: HeldSocketColumns[] = [];
  const denied: number[] = [];
  const odd: number[] = [];
  native.scanSockets(procfs.root, pids, (scanned) => {
    const { pid, sockets } = scanned;
    const kind = sortOut(scanned);
    if (kind === "denied") denied.push(pid);
    else if (kind === "odd") odd.push(pid);
    else if (kind === "holder") columns.push({ pid, sockets, settle: settleOnce(procfs, pid, sockets, began) });
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

/** Finds out once whose sockets these are. */
function settleOnce(procfs: Procfs, pid: number, sockets: Float64Array, began: bigint) {
  let settled: { readonly is: SettledSockets | undefined } | undefined;
  return (): SettledSockets | undefined => {
    settled ??= { is: settle(procfs, pid, sockets, began) };
    return settled.is;
  };
}

function settle(procfs: Procfs, pid: number, sockets: Float64Array, began: bigint): SettledSockets | undefined {
  const startTime = readStartTime(procfs, pid);
  if (startTime === undefined) return undefined;
  // It lived before the pass began, so that the pid was its own all the time.
  if (startTime + MARGIN < began) return { startTime, sockets };
  const held = readHeldSockets(procfs, pid);
  if (!held.ok) return undefined;
  return { startTime: held.value.startTime, sockets: Float64Array.from([...held.value.sockets].flat()) };
}
