import { isSocketAt, type KnownConnection, type MethodHost, type Ownership, type SocketOwner } from "@procmon/core";
import type { OwnerAnswer } from "../scan/scan-messages.ts";

/** Owners found before, answered from memory where they still hold the socket. */
export interface KnownOwners {
  /**
   * The owner, each of its processes checked by two system calls. `outdated` where something is remembered that is too old, or
   * not so any more; undefined where nothing is.
   */
  find(key: string): Ownership | "outdated" | undefined;
  /** Remembers an answer, and makes its processes known to core. */
  learn(key: string, answer: OwnerAnswer): Ownership;
}

/**
 * Milliseconds for which an answer is only checked, and not looked up again: so long it may take until another socket is noticed
 * that fits the connection better, or has taken its place. A connection that its peer broke off gives its ports back while its
 * socket is still held, and only the socket table shows that.
 */
const MAX_AGE_MS = 100;

/** With more owners than that, asking for each of them costs more than a lookup: they are told as the scanner saw them. */
const MAX_OWNERS = 16;

interface Remembered extends KnownConnection {
  readonly checkedAt: number;
}

/** Makes the memory; what is remembered is in `host.inodes`, for every method to see. */
export function createKnownOwners(host: MethodHost): KnownOwners {
  const { inodes, finder, procfs, pids } = host;

  /** True if core knows this very process, and that it runs what the owner is said to run. */
  function isRunning({ pid, startTime, path }: SocketOwner): boolean {
    const process = finder.find(pid);
    return process !== undefined && process.startTime === startTime && process.path === path;
  }

  return {
    find(key) {
      const known = inodes.get(key) as (Partial<Remembered> & KnownConnection) | undefined;
      if (!known) return undefined;
      if (known.checkedAt === undefined) return "outdated";
      const age = Date.now() - known.checkedAt;
      if (age > MAX_AGE_MS || age < 0) return "outdated";
      for (const owner of known.ownership.owners) {
        const { pid, fd, tid } = owner;
        if (fd === undefined || !isSocketAt(procfs, pid, fd, known.inode, tid) || !isRunning(owner)) return "outdated";
      }
      return known.ownership;
    },

    learn(key, { ownership, inode }) {
      inodes.delete(key);
      if (ownership.kind !== "process") return ownership;
      const { owners } = ownership;
      for (const owner of owners.slice(0, MAX_OWNERS)) pids.touch(owner);
      // Who accepts a connection may be another than who listens.
      if (inode === undefined || ownership.via === "listener" || owners.length > MAX_OWNERS) return ownership;
      // One that runs something else by now may not hold it any more.
      if (!owners.every(isRunning)) return ownership;
      const remembered: Remembered = { inode, checkedAt: Date.now(), ownership: { ...ownership, via: "inode-cache" } };
      inodes.set(key, remembered);
      return ownership;
    },
  };
}
