import { readlinkSync } from "node:fs";
import {
  type InetSocketRow,
  type InetTable,
  type ProcessIdentity,
  type Procfs,
  processFile,
  readInetTable,
  readStartTime,
} from "@procmon/core";
import type { KernelTables } from "@procmon/native";
import type { SeenSocket } from "./seen-socket.ts";
import { kindOf } from "./socket-kind.ts";

/** A socket that is asked for. */
export interface AskedSocket {
  readonly inode: number;
  /** A process that holds it. */
  readonly pid: number;
  readonly netns: number | undefined;
  /** Where it may be listed, the likeliest first. */
  readonly tables: readonly InetTable[];
}

/** Finds out about sockets that no capture tells of, in processes that live still. */
export interface LivingSockets {
  /** The socket that the descriptor is now; undefined where it is none, or the process has ended. Costs about 10 µs. */
  inodeAt(process: ProcessIdentity, fd: number): number | undefined;
  /** What the kernel's tables tell of these sockets; each table is read once for all. None while `restMs` is not over. */
  find(asked: readonly AskedSocket[]): ReadonlyMap<number, SeenSocket>;
  /** Milliseconds until tables are read again: reading them takes a tenth of the time at most. */
  restMs(): number;
  readonly counters: { tablesRead: number; tablesSpared: number };
}

/** After reading, so many times as long is rested. */
const REST = 9;

/** @param tables are asked first; without them, or where they cannot tell, `/proc` is read */
export function createLivingSockets(procfs: Procfs, tables?: KernelTables): LivingSockets {
  const counters = { tablesRead: 0, tablesSpared: 0 };
  let restUntil = 0;

  function readRows({ netns, pid }: AskedSocket, table: InetTable): readonly InetSocketRow[] {
    counters.tablesRead++;
    const isPing = table === "icmp" || table === "icmp6";
    const given = netns === undefined || isPing ? undefined : tables?.inet(netns, table);
    if (given) return given;
    const read = readInetTable(procfs, pid, table);
    return read.ok ? read.value : [];
  }

  /** All of these are in one namespace. */
  function findInNamespace(asked: readonly AskedSocket[], found: Map<number, SeenSocket>): void {
    const read = new Map<InetTable, ReadonlyMap<number, InetSocketRow>>();
    for (const one of asked) {
      for (const table of one.tables) {
        const rows = read.get(table) ?? new Map(readRows(one, table).map((row) => [row.inode, row]));
        read.set(table, rows);
        const row = rows.get(one.inode);
        if (row === undefined) continue;
        found.set(one.inode, seenOf(row, one.netns));
        break;
      }
    }
  }

  return {
    counters,
    restMs: () => Math.max(0, restUntil - performance.now()),
    inodeAt(process, fd) {
      const inode = socketAt(procfs, process.pid, fd);
      return inode !== undefined && readStartTime(procfs, process.pid) === process.startTime ? inode : undefined;
    },
    find(asked) {
      const found = new Map<number, SeenSocket>();
      if (asked.length === 0) return found;
      const began = performance.now();
      if (began < restUntil) {
        counters.tablesSpared += asked.length;
        return found;
      }
      for (const namespace of groupByNamespace(asked)) findInNamespace(namespace, found);
      const ended = performance.now();
      restUntil = ended + (ended - began) * REST;
      return found;
    },
  };
}

/** Where the number of the namespace is not known, each process stands for its own. */
function groupByNamespace(asked: readonly AskedSocket[]): Iterable<AskedSocket[]> {
  const groups = new Map<string, AskedSocket[]>();
  for (const one of asked) {
    const key = one.netns === undefined ? `pid ${one.pid}` : `${one.netns}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups.values();
}

function socketAt(procfs: Procfs, pid: number, fd: number): number | undefined {
  let target: string;
  try {
    target = readlinkSync(processFile(procfs, pid, `fd/${fd}`));
  } catch {
    return undefined;
  }
  const inode = /^socket:\[(\d{1,15})\]$/.exec(target)?.[1];
  return inode === undefined ? undefined : Number(inode);
}

function seenOf(row: InetSocketRow, netns: number | undefined): SeenSocket {
  const kind = kindOf(row.protocol);
  return {
    ...kind,
    // Raw sockets are listed with their protocol in the place of the port.
    protocol: row.protocol.startsWith("raw") ? row.srcPort : kind.protocol,
    inode: row.inode,
    ...(netns === undefined ? {} : { netns }),
    isListening: row.state === "listen",
    local: { ip: row.srcIp, port: row.srcPort },
    ...(hasPeer(row) ? { peer: { ip: row.dstIp, port: row.dstPort } } : {}),
  };
}

function hasPeer({ dstPort, dstIp }: InetSocketRow): boolean {
  return dstPort !== 0 || (dstIp !== "0.0.0.0" && dstIp !== "::");
}
