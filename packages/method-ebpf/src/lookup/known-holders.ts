import { isSocketAt, type Ownership, type ProcessIdentity, type Procfs, type SocketHolder } from "@procmon/core";
import { createHolderDescriber, type DescribeProcess } from "../sockets/describe-holder.ts";
import type { SocketList } from "../sockets/socket-list.ts";

/**
 * Sockets that several processes hold, or may hold since their process has forked: the kernel's table names but one of them. What a list has
 * told of these is remembered, so that they are not searched for with each question.
 */
export interface KnownHolders {
  /** True for a socket of which the table alone does not tell. */
  has(cookie: number): boolean;
  /** The holders, if they are still what they were: each lives, has its descriptor, and has not forked again. */
  find(cookie: number, answer: Answer): Ownership | undefined;
  /**
   * Remembers the sockets of a list that several processes hold, and what it tells of those that are remembered.
   *
   * @param began when the list was begun, in nanoseconds of CLOCK_BOOTTIME
   */
  learn(list: SocketList, began: bigint): void;
  /** Remembers the holders of a socket, also where it is one. */
  learnSocket(cookie: number, inode: number, holders: readonly SocketHolder[], began: bigint): void;
}

/** How the answer was found. */
export interface Answer {
  readonly confidence: "exact" | "derived";
  readonly via: string;
}

/** What it works with. */
export interface KnownHoldersParts {
  readonly procfs: Procfs;
  readonly describe: DescribeProcess;
  readonly hasForkedSince: ((identity: ProcessIdentity, time: bigint) => boolean) | undefined;
}

/** Sockets that are remembered; the one that was learned first makes room. */
const CAPACITY = 16_384;

/** With more holders than that, asking for each of them costs more than a list. */
const MAX_HOLDERS = 32;

interface Known {
  readonly inode: number;
  readonly holders: readonly SocketHolder[];
  readonly began: bigint;
}

/** Makes an empty memory. */
export function createKnownHolders({ procfs, describe, hasForkedSince }: KnownHoldersParts): KnownHolders {
  const sockets = new Map<number, Known>();

  function isHolderStill(holder: SocketHolder, { inode, began }: Known): boolean {
    const { pid, fd, tid } = holder;
    return fd !== undefined && isSocketAt(procfs, pid, fd, inode, tid) && !hasForkedSince?.(holder, began);
  }

  function learnSocket(cookie: number, inode: number, holders: readonly SocketHolder[], began: bigint): void {
    if (cookie === 0) return;
    sockets.delete(cookie);
    if (sockets.size >= CAPACITY) {
      for (const oldest of sockets.keys()) {
        sockets.delete(oldest);
        break;
      }
    }
    sockets.set(cookie, { inode, holders, began });
  }

  return {
    learnSocket,
    has: (cookie) => sockets.has(cookie),
    find(cookie, { confidence, via }) {
      const known = sockets.get(cookie);
      if (known === undefined || known.holders.length > MAX_HOLDERS) return undefined;
      const describeHolder = createHolderDescriber(describe, procfs);
      const owners = [];
      for (const holder of known.holders) {
        const owner = isHolderStill(holder, known) ? describeHolder(holder) : undefined;
        if (owner === undefined) return undefined;
        owners.push(owner);
      }
      const [first, ...others] = owners;
      return first && { kind: "process", confidence, via, owners: [first, ...others] };
    },
    learn(list, began) {
      for (const { family, cookie, inode, holders } of list.byInode.values()) {
        if (family !== "inet") continue;
        if (holders.length > 1 || sockets.has(cookie)) learnSocket(cookie, inode, holders, began);
      }
    },
  };
}
