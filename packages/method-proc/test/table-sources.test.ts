import { statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkConnection,
  DEFAULT_PROCFS,
  INET_TABLES,
  type InetSocketRow,
  type NetworkNamespace,
  readInetTable,
  readPacketTable,
  readUnixTable,
  type SocketEntry,
} from "@procmon/core";
import { type Fixture, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDiagTables, type DiagTables } from "../src/lookup/diag-tables.ts";
import { findNative } from "../src/native-access.ts";
import { answersOf, counting, inOrder, snapshotOf, tableOf, withMethod } from "./compare.ts";
import { openConnection, ownNetns, tuple } from "./connections.ts";

interface States {
  readonly pid: number;
  readonly listener: number;
  readonly udp: number;
  readonly dual: number;
}

const missing = requirement("namespaces");

describe.skipIf(missing)("sock_diag and /proc/net", () => {
  let fixture: Fixture<States>;
  let namespace: NetworkNamespace;
  let tables: DiagTables;

  beforeAll(async () => {
    const { native } = await findNative();
    if (!native) throw new Error("there is no native half");
    const path = join(tmpdir(), `procmon-states-${process.pid}`);
    fixture = await spawnFixture<States>("socket-states", [path], { enter: ["net"] });
    await rm(path);
    namespace = { netns: statSync(`/proc/${fixture.pid}/ns/net`).ino, pids: [fixture.pid] };
    const made = createDiagTables(DEFAULT_PROCFS, native);
    if (!made) throw new Error("this is no procfs");
    tables = made;
    await settle();
  });

  /** What was sent last is acknowledged a little later, and changes states and queues. */
  async function settle(): Promise<void> {
    const look = () => inOrder([...listed("tcp"), ...listed("tcp6")]).join();
    for (let before = ""; before !== look(); ) {
      before = look();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  afterAll(async () => {
    tables.close();
    await fixture.stop();
  });

  function listed(table: (typeof INET_TABLES)[number]): InetSocketRow[] {
    return tableOf(readInetTable(DEFAULT_PROCFS, fixture.pid, table));
  }

  describe("tell the same of", () => {
    it.each(INET_TABLES.filter((table) => !/icmp|raw/.test(table)))("%s", (table) => {
      const rows = tables.inet(namespace, table);
      expect(inOrder(rows ?? [])).toEqual(inOrder(listed(table)));
      const port = rows?.[0]?.srcPort ?? 0;
      expect(inOrder(tables.inet(namespace, table, new Set([port])) ?? [])).toEqual(
        inOrder(listed(table).filter((row) => row.srcPort === port)),
      );
    });

    it("every state of TCP that lasts", () => {
      const states = new Set(tables.inet(namespace, "tcp")?.map((row) => row.state));
      const lasting = ["listen", "established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2", "close-wait"];
      expect([...states].sort()).toEqual([...lasting, "last-ack", "time-wait"].sort());
    });

    it("unix sockets, also those that nobody has accepted", () => {
      const rows = tables.unix(namespace) ?? [];
      expect(inOrder(rows)).toEqual(inOrder(tableOf(readUnixTable(DEFAULT_PROCFS, fixture.pid))));
      expect(rows.filter((row) => row.state === "syn-sent")).toHaveLength(2);
      expect(rows.map((row) => row.path)).toContain("@with@nul\udcff");
    });

    it("packet sockets", () => {
      const rows = tables.packet(namespace) ?? [];
      expect(inOrder(rows)).toEqual(inOrder(tableOf(readPacketTable(DEFAULT_PROCFS, fixture.pid))));
      expect(rows).toHaveLength(2);
    });
  });

  it("leave to /proc what the kernel does not give", () => {
    const before = { ...tables.counters };
    expect(tables.inet(namespace, "icmp")).toBeUndefined();
    // The module raw_diag is seldom built.
    const raw = tables.inet(namespace, "raw");
    if (raw) expect(inOrder(raw)).toEqual(inOrder(listed("raw")));
    expect(tables.counters).toEqual({ ...before, diagDumps: before.diagDumps + (raw ? 1 : 0) });
  });

  it("are not asked where the process is in another namespace, or gone", () => {
    const { netns } = namespace;
    for (const pids of [[process.pid], [2 ** 22 + 1], []]) {
      expect(tables.unix({ netns, pids })).toBeUndefined();
    }
    expect(tables.unix({ netns, pids: [2 ** 22 + 1, fixture.pid] })).toBeDefined();
  });

  it("of other namespaces are not asked again by one who may not enter these", async () => {
    const { native } = await findNative();
    let asked = 0;
    const refuse = (): never => {
      asked++;
      throw Object.assign(new Error("setns"), { code: "EPERM" });
    };
    const refused = native && createDiagTables(DEFAULT_PROCFS, { ...native, openSockDiag: refuse });
    expect([refused?.unix(namespace), refused?.inet(namespace, "tcp")]).toEqual([undefined, undefined]);
    expect(asked).toBe(1);
    expect(refused?.counters.diagFailures).toBe(1);
    refused?.close();
  });

  it("lead to the same owners, of every socket and of tuples that only nearly fit", async () => {
    const rows = INET_TABLES.filter((table) => !table.startsWith("raw")).flatMap(listed);
    const { netns } = namespace;
    const questions = rows.flatMap((row) => {
      const { protocol, srcIp, srcPort, dstIp, dstPort } = row;
      const exact = { protocol, srcIp, srcPort, dstIp, dstPort };
      const zero = srcIp.includes(":") ? "::" : "0.0.0.0";
      const isMapped = srcIp.startsWith("::ffff:");
      const ipv4 = { srcIp: srcIp.replace("::ffff:", ""), dstIp: dstIp.replace("::ffff:", "") };
      const plain = isMapped ? { ...ipv4, protocol: protocol.replace("6", "") as typeof protocol } : {};
      return [
        exact,
        { ...exact, ...plain },
        { ...exact, dstIp: zero, dstPort: 0 },
        { ...exact, srcIp: zero },
        { ...exact, srcIp: zero, srcPort: 0 },
        { ...exact, dstIp: srcIp, dstPort: 1 },
      ];
    });
    const connections = questions.map((ends) => checkConnection(ends, netns));
    const [quick, plain] = await Promise.all([answersOf(true, connections), answersOf(false, connections)]);
    expect(quick.answers).toEqual(plain.answers);
    const kinds = new Set(plain.answers.map((answer) => answer.kind));
    expect([...kinds].sort()).toEqual(["none", "process"]);
    expect(plain.stats).toMatchObject({ exactQueries: 0, diagDumps: 0, nativePasses: 0 });
    expect(plain.stats.tableReads).toBeGreaterThan(0);
    expect(quick.stats).toMatchObject({ tableReads: 0, diagFailures: 0, nativePasses: quick.stats.passes });
    expect(quick.stats.exactQueries).toBeGreaterThan(10);
    expect(quick.stats.diagDumps).toBeGreaterThan(0);
  });

  it("fill the same snapshot", async () => {
    const [quick, plain] = await Promise.all([snapshotOf(true), snapshotOf(false)]);
    const { netns } = namespace;
    const inside = (entries: readonly SocketEntry[]) => inOrder(entries.filter((entry) => entry.netns === netns));
    expect(inside(quick.entries)).toEqual(inside(plain.entries));
    expect(inside(plain.entries).length).toBeGreaterThan(50);
    const unix = quick.entries.filter((entry) => entry.family === "unix" && entry.netns === netns);
    const peers = new Map(unix.flatMap((each) => ("peerInode" in each ? [[each.inode, each.peerInode]] : [])));
    expect(peers.size).toBe(6);
    for (const [inode, peer] of peers) expect(peers.get(peer ?? 0)).toBe(inode);
    expect(plain.stats).toMatchObject({ diagDumps: 0, nativePasses: 0 });
    expect(quick.stats.nativePasses).toBe(1);
    expect(quick.stats.diagDumps).toBeGreaterThanOrEqual(16);
  });
});

describe("a connection of this namespace", () => {
  it("takes one question, and no table", async () => {
    await using connection = await openConnection();
    await withMethod(true, async (method) => {
      const done = counting(method);
      expect(await method.findOwner(connection.tuple)).toMatchObject({
        confidence: "exact",
        owners: [{ pid: process.pid }],
      });
      expect(done()).toMatchObject({ exactQueries: 1, diagDumps: 0, tableReads: 0, passes: 1, nativePasses: 1 });
      expect(await method.findOwner(tuple(connection.port, 0))).toMatchObject({ owners: [{ pid: process.pid }] });
      // The listeners of both families.
      expect(done()).toMatchObject({ exactQueries: 1, diagDumps: 2, tableReads: 0 });
    });
  });

  it("is found without native code, too", async () => {
    await using connection = await openConnection();
    await withMethod(false, async (method) => {
      expect(await method.findOwner(connection.tuple)).toMatchObject({ owners: [{ pid: process.pid }] });
      expect(method.stats?.()).toMatchObject({ exactQueries: 0, diagDumps: 0, passes: 1, nativePasses: 0 });
      expect(method.stats?.().tableReads).toBe(2);
    });
  });

  it("is not there once it is closed", async () => {
    const connection = await openConnection();
    await connection.close();
    const asked = [connection.tuple, connection.reverse, tuple(1, 1), { ...tuple(1, 1), netns: 1 }];
    const [quick, plain] = [await answersOf(true, asked), await answersOf(false, asked)];
    expect(new Set(quick.answers.map((answer) => answer.kind))).toEqual(new Set(["none"]));
    expect(quick.answers).toEqual(plain.answers);
    expect(ownNetns()).toBe(connection.tuple.netns);
  });
});
