import { closeSync } from "node:fs";
import { NativeError } from "../native-error.ts";
import type { InetDiagRow } from "./inet-message.ts";
import type { InetDiagProtocol } from "./inet-protocols.ts";
import type { InetDiagTuple } from "./inet-request.ts";
import type { PacketDiagRow } from "./packet-diag.ts";
import { type InetDumpOptions, openSockDiag, type SockDiag } from "./sock-diag.ts";
import type { UnixDiagRow } from "./unix-diag.ts";

/** How network namespaces are reached. */
export interface ReachableNamespaces {
  /** The inode number of this process's own; undefined where that is not known. */
  readonly own: number | undefined;
  /** An open descriptor of the namespace with this inode number, which is closed here; undefined where it cannot be reached. */
  open(netns: number): number | undefined;
}

/**
 * The socket tables of many network namespaces by sock_diag(7). They also have what no process holds: connections that are over, half open, or not
 * accepted, and the kernel's own sockets. Each is undefined where it cannot be read: the namespace may not be entered (which takes CAP_SYS_ADMIN),
 * nothing in it can be reached, or this kernel has no such table. Nothing throws but what `work` and `open` throw.
 */
export interface KernelTables {
  /** The socket to which a packet would go. `null` where there is none. */
  find(netns: number, tuple: InetDiagTuple): InetDiagRow | null | undefined;
  inet(netns: number, protocol: InetDiagProtocol, options?: InetDumpOptions): readonly InetDiagRow[] | undefined;
  unix(netns: number): readonly UnixDiagRow[] | undefined;
  packet(netns: number): readonly PacketDiagRow[] | undefined;
  /** Does several things with one way into a namespace. */
  inNamespace<T>(netns: number, work: () => T): T;
  readonly counters: TableCounters;
  /** Gives back the socket. Idempotent; the next question opens another. */
  close(): void;
}

/** What was asked so far. */
export interface TableCounters {
  /** Questions for one socket. */
  tableQueries: number;
  /** Tables dumped, or parts of them. */
  tableDumps: number;
  /** Questions that failed. A table that this kernel does not have is no failure. */
  tableFailures: number;
}

/** Makes the tables; nothing is opened yet. */
export function createKernelTables(namespaces: ReachableNamespaces): KernelTables {
  const counters: TableCounters = { tableQueries: 0, tableDumps: 0, tableFailures: 0 };
  /** Not asked for again, since the kernel looks for a module each time. */
  const missing = new Set<string>();
  let own: SockDiag | undefined;
  let entered: { readonly netns: number; readonly diag: SockDiag } | undefined;
  let mayEnter = true;

  function close(): void {
    own?.close();
    own = undefined;
  }

  /** Our own is kept from question to question. Others are opened for one visit: they would keep their namespace alive. */
  function askOwn<T>(work: (diag: SockDiag) => T): T {
    if (own?.usable === false) close();
    own ??= openSockDiag();
    return work(own);
  }

  function enter(netns: number): SockDiag | undefined {
    const descriptor = mayEnter ? namespaces.open(netns) : undefined;
    if (descriptor === undefined) return undefined;
    try {
      return openSockDiag({ netns: descriptor });
    } catch (error) {
      if (NativeError.isInstance(error) && error.code === "EPERM") mayEnter = false;
      throw error;
    } finally {
      closeSync(descriptor);
    }
  }

  function askOther<T>(netns: number, work: (diag: SockDiag) => T): T | undefined {
    if (entered?.netns === netns && entered.diag.usable) return work(entered.diag);
    const diag = enter(netns);
    try {
      return diag && work(diag);
    } finally {
      diag?.close();
    }
  }

  function ask<T>(netns: number, table: string, work: (diag: SockDiag) => T): T | undefined {
    if (missing.has(table)) return undefined;
    try {
      return netns === namespaces.own ? askOwn(work) : askOther(netns, work);
    } catch (error) {
      if (!NativeError.isInstance(error)) throw error;
      if (error.code === "ENOENT") missing.add(table);
      else counters.tableFailures++;
      return undefined;
    }
  }

  return {
    counters,
    close,
    find(netns, tuple) {
      counters.tableQueries++;
      return ask(netns, tuple.protocol, (diag) => diag.findInet(tuple) ?? null);
    },
    inet(netns, protocol, options) {
      counters.tableDumps++;
      return ask(netns, protocol, (diag) => diag.dumpInet(protocol, options));
    },
    unix(netns) {
      counters.tableDumps++;
      return ask(netns, "unix", (diag) => diag.dumpUnix());
    },
    packet(netns) {
      counters.tableDumps++;
      return ask(netns, "packet", (diag) => diag.dumpPacket());
    },
    inNamespace(netns, work) {
      if (netns === namespaces.own || entered) return work();
      try {
        const diag = enter(netns);
        if (diag) entered = { netns, diag };
      } catch (error) {
        if (!NativeError.isInstance(error)) throw error;
        counters.tableFailures++;
      }
      try {
        return work();
      } finally {
        entered?.diag.close();
        entered = undefined;
      }
    },
  };
}
