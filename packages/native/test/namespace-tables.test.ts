import { openSync, readdirSync, statSync } from "node:fs";
import { createKernelTables, type KernelTables } from "@procmon/native";
import { type Fixture, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

interface Held {
  readonly pid: number;
  readonly inode: number;
  readonly port: number;
}

const missing = requirement("namespaces");
const own = statSync("/proc/self/ns/net").ino;
const UNREACHABLE = 1;
const BROKEN = 2;

let listener: Fixture<Held>;
let other: number;
let opened: number[];
let tables: KernelTables;

beforeAll(async () => {
  if (missing !== undefined) return;
  listener = await spawnFixture<Held>("open-socket", ["tcp", "127.0.0.1", "0", "listen"], { enter: ["net"] });
  other = statSync(`/proc/${listener.pid}/ns/net`).ino;
});
afterAll(() => listener?.stop());

beforeEach(({ skip }) => {
  skip(missing !== undefined, missing);
  opened = [];
  tables = createKernelTables({ own, open: openNamespace });
  return () => tables.close();
});

function openNamespace(netns: number): number | undefined {
  opened.push(netns);
  if (netns === UNREACHABLE) return undefined;
  return openSync(netns === BROKEN ? "/dev/null" : `/proc/${listener.pid}/ns/net`, "r");
}

const listenersAt = (netns: number) =>
  tables.inet(netns, "tcp", { srcPorts: new Set([listener.ready.port]), states: ["listen"] });

it("reads the tables of another namespace, and keeps no way into it", () => {
  const before = descriptors();
  expect(listenersAt(other)?.map(({ inode }) => inode)).toEqual([listener.ready.inode]);
  expect(tables.unix(other)).toEqual([]);
  expect(tables.packet(other)).toEqual([]);
  expect(opened).toEqual([other, other, other]);
  expect(descriptors()).toEqual(before);
  expect(tables.counters).toEqual({ tableQueries: 0, tableDumps: 3, tableFailures: 0 });
});

it("asks for one socket", () => {
  const { port, inode } = listener.ready;
  const tuple = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: port, dstIp: "127.0.0.1", dstPort: 9 } as const;
  expect(tables.find(other, tuple)?.inode).toBe(inode);
  expect(tables.find(other, { ...tuple, srcPort: port === 9 ? 10 : 9 })).toBeNull();
  expect(tables.counters).toEqual({ tableQueries: 2, tableDumps: 0, tableFailures: 0 });
});

it("keeps one descriptor for the own namespace, until it is closed", () => {
  const before = descriptors();
  expect(tables.unix(own)?.length).toBeGreaterThan(0);
  expect(tables.inet(own, "udp")).toBeDefined();
  expect(descriptors().length).toBe(before.length + 1);
  tables.close();
  tables.close();
  expect(descriptors()).toEqual(before);
  expect(tables.inet(own, "tcp")).toBeDefined();
  expect(opened).toEqual([]);
});

it("enters a namespace once for several things", () => {
  const before = descriptors();
  const found = tables.inNamespace(other, () => {
    return tables.inNamespace(other, () => [listenersAt(other)?.length, tables.unix(other)?.length]);
  });
  expect(found).toEqual([1, 0]);
  expect(opened).toEqual([other]);
  expect(() => tables.inNamespace(other, () => JSON.parse("{"))).toThrow(SyntaxError);
  expect(descriptors()).toEqual(before);
});

it("gives nothing of a namespace that it cannot enter", () => {
  const before = descriptors();
  expect(listenersAt(UNREACHABLE)).toBeUndefined();
  expect(tables.counters.tableFailures).toBe(0);
  expect(listenersAt(BROKEN)).toBeUndefined();
  expect(tables.inNamespace(BROKEN, () => tables.unix(BROKEN))).toBeUndefined();
  expect(tables.counters.tableFailures).toBe(3);
  expect(listenersAt(other)).toHaveLength(1);
  expect(descriptors()).toEqual(before);
});

function descriptors(): string[] {
  return readdirSync("/proc/self/fd");
}
