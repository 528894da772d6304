import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { readNamespace } from "../procfs/read-namespace.ts";
import type { NetworkNamespace } from "./network-namespaces.ts";
import { readLazySnapshot } from "./read-snapshot.ts";
import { scanSocketHolders } from "./socket-holders.ts";
import type { InetSocketRow } from "./socket-row.ts";
import { readSocketTables } from "./socket-tables.ts";
import { stillListed } from "./still-listed.ts";
import type { TableSource } from "./table-source.ts";

const ROW: InetSocketRow = {
  protocol: "tcp",
  srcIp: "127.0.0.1",
  srcPort: 7,
  dstIp: "0.0.0.0",
  dstPort: 0,
  state: "listen",
  inode: 2 ** 40,
  uid: 1,
  receiveQueue: 0,
  sendQueue: 0,
};

let server: Server;
let port: number;
let namespace: NetworkNamespace;
let asked: string[];

/** Has the table `tcp` alone. */
const source: TableSource = {
  inet(_, table, srcPorts) {
    asked.push(srcPorts ? `${table} ${[...srcPorts]}` : table);
    return table === "tcp" ? [ROW, ROW] : undefined;
  },
  unix: () => undefined,
  packet: () => undefined,
};

beforeEach(async () => {
  asked = [];
  const netns = readNamespace(DEFAULT_PROCFS, "self", "net");
  if (!netns.ok) throw new Error("no network namespace");
  namespace = { netns: netns.value, pids: [process.pid] };
  server = createServer().listen(0, "::1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});

afterEach(() => {
  server.close();
});

describe("another source of tables", () => {
  it("takes the place of the tables that it has, and of no other", () => {
    const tables = readSocketTables(DEFAULT_PROCFS, namespace, ["inet"], source);
    expect(tables.inet.filter((row) => row.protocol === "tcp")).toEqual([ROW]);
    expect(tables.inet.find((row) => row.srcPort === port)).toMatchObject({ protocol: "tcp6", state: "listen" });
    expect(tables.complete).toBe(true);
  });

  it("tells what is still there", () => {
    const tables = readSocketTables(DEFAULT_PROCFS, namespace, ["inet"], source);
    const own = tables.inet.find((row) => row.srcPort === port)?.inode ?? 0;
    asked = [];
    const listed = stillListed(DEFAULT_PROCFS, [namespace], [tables], new Set([ROW.inode, own, 1]), source);
    expect([...listed].sort()).toEqual([ROW.inode, own].sort());
    expect(asked).toEqual(["tcp 7", `tcp6 ${port}`]);
  });

  it("and another pass make a snapshot", () => {
    let passes = 0;
    const { sockets } = readLazySnapshot(
      DEFAULT_PROCFS,
      { families: ["inet"] },
      {
        tables: source,
        scan(pids) {
          passes++;
          return scanSocketHolders(DEFAULT_PROCFS, pids);
        },
      },
    );
    const entries = [...sockets];
    expect(passes).toBe(1);
    expect(entries.find((entry) => entry.inode === ROW.inode)?.ownership.kind).not.toBe("process");
    const own = entries.find((entry) => entry.family === "inet" && entry.connection.srcPort === port);
    expect(own?.ownership).toMatchObject({ owners: [{ pid: process.pid }] });
  });
});
