import { decodeBytes, type NetworkNamespace, type Procfs, type TableSource, type UnixSocketRow } from "@procmon/core";
import type { SockDiag, UnixDiagRow } from "@procmon/native";
import { findProcfs } from "../kernel-procfs.ts";
import type { NativeAccess } from "../native-access.ts";
import { openInNamespace, ownNamespace } from "./diag-namespaces.ts";

/**
 * The socket tables from the kernel by sock_diag(7). What it cannot give, for whatever reason, is undefined, and counted: then `/proc` is to be
 * read, which tells the same.
 */
export interface DiagTables extends TableSource {
  /** The network namespace that this process is in; undefined where this procfs does not show it. */
  readonly own: NetworkNamespace | undefined;
  /** What `work` gives; undefined where these tables cannot be opened, or an answer failed. */
  ask<T>(namespace: NetworkNamespace, work: (diag: SockDiag) => T): T | undefined;
  readonly counters: DiagCounters;
  /** Gives back the socket. Idempotent; the next question opens another. */
  close(): void;
}

/** What was asked so far. */
export interface DiagCounters {
  /** Questions for one socket. */
  exactQueries: number;
  /** Tables dumped, or parts of them. */
  diagDumps: number;
  /** Questions that failed, so that `/proc` was read in their place. A table that this kernel does not have is no failure. */
  diagFailures: number;
}

/** Makes the tables; nothing is opened yet. Undefined where this is no procfs of the kernel, to whose processes its tables would not belong. */
export function createDiagTables(procfs: Procfs, native: NativeAccess): DiagTables | undefined {
  if (findProcfs(procfs) !== "procfs") return undefined;
  const ownNetns = ownNamespace(procfs);
  const own = ownNetns === undefined ? undefined : { netns: ownNetns, pids: [] };
  const counters: DiagCounters = { exactQueries: 0, diagDumps: 0, diagFailures: 0 };
  /** Tables that this kernel does not have: not asked for again, since the kernel looks for a module each time. */
  const missing = new Set<string>();
  let kept: SockDiag | undefined;
  /** Other namespaces take CAP_SYS_ADMIN: who has it not is told so once. */
  let mayEnter = true;

  function close(): void {
    kept?.close();
    kept = undefined;
  }

  /** Our own socket, kept from question to question. Others are opened for one alone: they would keep their namespace alive. */
  function askOwn<T>(work: (diag: SockDiag) => T): T {
    if (!kept?.usable) close();
    kept ??= native.openSockDiag();
    return work(kept);
  }

  function ask<T>(namespace: NetworkNamespace, work: (diag: SockDiag) => T): T | undefined {
    try {
      if (namespace.netns === ownNetns) return askOwn(work);
      if (!mayEnter) return undefined;
      for (const pid of namespace.pids) {
        using diag = openInNamespace(procfs, native, pid, namespace.netns);
        if (diag) return work(diag);
      }
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      if (code === "EPERM" && namespace.netns !== ownNetns) mayEnter = false;
    }
    counters.diagFailures++;
    return undefined;
  }

  function dump<T>(namespace: NetworkNamespace, table: string, work: (diag: SockDiag) => T[]): T[] | undefined {
    if (missing.has(table)) return undefined;
    return ask(namespace, (diag) => {
      try {
        const rows = work(diag);
        counters.diagDumps++;
        return rows;
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
        missing.add(table);
        return undefined;
      }
    });
  }

  return {
    own,
    ask,
    counters,
    close,
    inet(namespace, table, srcPorts) {
      if (table === "icmp" || table === "icmp6") return undefined;
      return dump(namespace, table, (diag) => diag.dumpInet(table, srcPorts ? { srcPorts } : {}));
    },
    unix: (namespace) => dump(namespace, "unix", (diag) => diag.dumpUnix().flatMap(unixRows)),
    packet: (namespace) =>
      dump(namespace, "packet", (diag) =>
        diag.dumpPacket().map(({ type, etherType, interfaceIndex, receiveQueue, uid, inode }) => {
          return { type, etherType, interfaceIndex, receiveQueue, uid, inode };
        }),
      ),
  };
}

/** A unix socket, and for each connection that waits to be accepted a row without inode, as `/proc/net/unix` has it. */
function unixRows({ type, state, inode, name, peerInode, waitingPeers }: UnixDiagRow): UnixSocketRow[] {
  const bound = name === undefined ? { type } : { type, path: decodeBytes(name) };
  const waiting = (waitingPeers ?? []).map((): UnixSocketRow => ({ ...bound, state: "syn-sent", inode: 0 }));
  return [{ ...bound, state, inode, ...(peerInode ? { peerInode } : {}) }, ...waiting];
}

/** The name of a failed system call's errno; undefined for an error of another kind. */
function errorCode(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
