import type { SocketEntry } from "@procmon/core";
import type { InetDiagProtocol, InetDiagRow, KernelTables, PacketDiagRow, UnixDiagRow } from "@procmon/native";
import { tcpTuple } from "../sockets/tcp-tuple.ts";

/** The kernel's tables of one network namespace. Those that were not asked for, or cannot be read, are empty. */
export interface NamespaceTables {
  readonly netns: number;
  readonly inet: readonly InetDiagRow[];
  /** Undefined where it cannot be read. */
  readonly unix: readonly UnixDiagRow[] | undefined;
  readonly packet: readonly PacketDiagRow[];
}

/** All that sock_diag has; there is none of ICMP sockets. */
const PROTOCOLS: readonly InetDiagProtocol[] = ["tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6"];

/** Reads the tables of a namespace. Blocks for about 1 ms for each 1,000 sockets. */
export function readNamespaceTables(
  tables: KernelTables,
  netns: number,
  families: ReadonlySet<SocketEntry["family"]>,
): NamespaceTables {
  return tables.inNamespace(netns, () => ({
    netns,
    inet: families.has("inet") ? PROTOCOLS.flatMap((protocol) => tables.inet(netns, protocol) ?? []) : [],
    unix: families.has("unix") ? tables.unix(netns) : undefined,
    packet: families.has("packet") ? (tables.packet(netns) ?? []) : [],
  }));
}

/** A row of any of the tables. */
export type TableRow = InetDiagRow | UnixDiagRow | PacketDiagRow;

/** Every row of a namespace. */
export function* allRows({ inet, unix, packet }: NamespaceTables): Generator<TableRow, void, void> {
  yield* inet;
  if (unix) yield* unix;
  yield* packet;
}

/** Those of some sockets that the tables still list: asks for connections of TCP one by one, and reads again what has others. */
export function stillListed(
  tables: KernelTables,
  namespaces: readonly NamespaceTables[],
  asked: ReadonlySet<number>,
): ReadonlySet<number> {
  const there = new Set<number>();
  const note = ({ inode }: TableRow): void => {
    if (asked.has(inode)) there.add(inode);
  };
  for (const { netns, inet, unix, packet } of namespaces) {
    const isAsked = ({ inode }: TableRow): boolean => asked.has(inode);
    tables.inNamespace(netns, () => {
      const again = new Set<InetDiagProtocol>();
      for (const row of inet) {
        if (!isAsked(row)) continue;
        const tuple = tcpTuple({ ...row, netns });
        if (tuple === undefined) again.add(row.protocol);
        else {
          const now = tables.find(netns, tuple);
          if (now) note(now);
        }
      }
      for (const protocol of again) for (const row of tables.inet(netns, protocol) ?? []) note(row);
      if (unix?.some(isAsked)) for (const row of tables.unix(netns) ?? []) note(row);
      if (packet.some(isAsked)) for (const row of tables.packet(netns) ?? []) note(row);
    });
  }
  return there;
}
