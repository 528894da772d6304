import { readdirSync, readlinkSync } from "node:fs";
import type { ProcessIdentity } from "../process/process-identity.ts";
import { processFile } from "../procfs/process-file.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { type ReadFailure, type ReadOutcome, readFailure } from "../procfs/read-outcome.ts";
import { readStartTime } from "../procfs/read-stat.ts";

/** A process that holds a socket. */
export interface SocketHolder extends ProcessIdentity {
  /** The lowest descriptor that is the socket; absent where it is held without one, as by io_uring(7) or a mapping. */
  readonly fd?: number;
  /** The thread that holds it, where that has a descriptor table of its own. */
  readonly tid?: number;
}

/** The sockets of one process: inode to lowest descriptor. */
export interface HeldSockets extends ProcessIdentity {
  readonly sockets: ReadonlyMap<number, number>;
}

/**
 * The sockets that a process holds. Its start time is read before and after: what is returned belongs to one process,
 * even if its pid is used again. `gone` where it ended meanwhile.
 */
export function readHeldSockets(procfs: Procfs, pid: number, tid?: number): ReadOutcome<HeldSockets> {
  const startTime = readStartTime(procfs, pid);
  if (startTime === undefined) return { ok: false, failure: "gone" };
  const sockets = new Map<number, number>();
  const failure = visitSockets(procfs, pid, tid, (inode, fd) => {
    const lowest = sockets.get(inode);
    if (lowest === undefined || fd < lowest) sockets.set(inode, fd);
  });
  if (failure) return { ok: false, failure };
  if (readStartTime(procfs, pid) !== startTime) return { ok: false, failure: "gone" };
  return { ok: true, value: { pid, startTime, sockets } };
}

/** True if this descriptor of this process is the socket now. One system call; the caller sees to the process's identity. */
export function isSocketAt(procfs: Procfs, pid: number, fd: number, inode: number, tid?: number): boolean {
  try {
    return readlinkSync(processFile(procfs, pid, `fd/${fd}`, tid)) === `socket:[${inode}]`;
  } catch {
    return false;
  }
}

/**
 * Calls `visit` for each descriptor that is a socket, and `visitOther` for each other one. Returns why not, where
 * descriptors could not be read. Those that are closed meanwhile are left out.
 */
export function visitSockets(
  procfs: Procfs,
  pid: number,
  tid: number | undefined,
  visit: (inode: number, fd: number) => void,
  visitOther?: (target: string, fd: number) => void,
): ReadFailure | undefined {
  const directory = processFile(procfs, pid, "fd", tid);
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    return readFailure(error);
  }
  for (const name of names) {
    let target: string;
    try {
      target = readlinkSync(`${directory}/${name}`);
    } catch (error) {
      // One that may not be looked at means that none may.
      if (readFailure(error) === "denied") return "denied";
      continue;
    }
    const inode = socketInode(target);
    if (inode !== undefined) visit(inode, Number(name));
    else visitOther?.(target, Number(name));
  }
  return undefined;
}

/** The inode of `socket:[123]`. A path begins with a slash, so that no file's name can pass for one. */
export function socketInode(target: string): number | undefined {
  if (!target.startsWith("socket:[")) return undefined;
  const inode = Number(target.slice(8, -1));
  return Number.isSafeInteger(inode) && inode > 0 ? inode : undefined;
}
