import type { CheckedConnection } from "@procmon/core";
import type { InetDiagProtocol, InetDiagRow, KernelTables, PacketDiagRow, UnixDiagRow } from "@procmon/native";

/** Tables of one network namespace that a test fills; another one cannot be entered. */
export interface FakeTables extends KernelTables {
  readonly rows: InetDiagRow[];
  readonly unixRows: UnixDiagRow[];
  readonly packetRows: PacketDiagRow[];
}

export function createFakeTables(own: number): FakeTables {
  const rows: InetDiagRow[] = [];
  const unixRows: UnixDiagRow[] = [];
  const packetRows: PacketDiagRow[] = [];
  const inet = (protocol: InetDiagProtocol) => rows.filter((row) => row.protocol === protocol);
  return {
    rows,
    unixRows,
    packetRows,
    counters: { tableQueries: 0, tableDumps: 0, tableFailures: 0 },
    inNamespace: (_, work) => work(),
    close() {},
    unix: (netns) => (netns === own ? [...unixRows] : undefined),
    packet: (netns) => (netns === own ? [...packetRows] : undefined),
    inet(netns, protocol, options) {
      if (netns !== own) return undefined;
      return inet(protocol).filter((row) => options?.srcPorts?.has(row.srcPort) ?? true);
    },
    find(netns, { srcIp, srcPort, dstIp, dstPort }) {
      if (netns !== own) return undefined;
      const plain = (ip: string) => ip.replace("::ffff:", "");
      const tcp = [...inet("tcp"), ...inet("tcp6")].filter((row) => row.srcPort === srcPort);
      const exact = tcp.find((row) => {
        return plain(row.srcIp) === srcIp && plain(row.dstIp) === dstIp && row.dstPort === dstPort;
      });
      return exact ?? tcp.find(({ state }) => state === "listen") ?? null;
    },
  };
}

/** A row of a connection. */
export function diagRow(connection: CheckedConnection, more: Partial<InetDiagRow>): InetDiagRow {
  const { protocol, srcIp, srcPort, dstIp, dstPort } = connection;
  return {
    protocol: protocol as InetDiagProtocol,
    srcIp,
    srcPort,
    dstIp,
    dstPort,
    state: "established",
    inode: 0,
    uid: 0,
    receiveQueue: 0,
    sendQueue: 0,
    cookie: 0n,
    ...more,
  };
}
