import type { Process } from "@procmon/core";
import { beforeEach, describe, expect, it } from "vitest";
import { createProcessTable, type ProcessTable } from "../processes/process-table.ts";
import { type SocketRecordBytes, socketRecordBytes } from "../records/record-bytes.test-kit.ts";
import { SOCKET_FLAGS } from "../records/record-flags.ts";
import { RECORD_KINDS } from "../records/record-head.ts";
import type { SocketRecord } from "../records/socket-record.ts";
import { type ConnectionEvents, createConnectionEvents } from "./connection-events.ts";
import { createFakeHost, FAKE_CLOCK, type FakeHost } from "./events.test-kit.ts";
import type { FlowPayload } from "./flow-payload.ts";
import { createOpenFlows, type OpenFlows } from "./open-flows.ts";

const { connect, accept, listen, close, flow, release } = RECORD_KINDS;
const { began, counted, kernel, ofListener, unknownOwner } = SOCKET_FLAGS;
const CURL: Process = { pid: 7, startTime: 5n, ppid: 1, comm: "curl", path: "/usr/bin/curl", uid: 0, gid: 0 };
const OWNER = { pid: 7, startTime: 5n, comm: "curl", path: "/usr/bin/curl" };
const ENDS = { netns: 3, srcIp: "10.0.0.1", srcPort: 1000, dstIp: "10.0.0.2", dstPort: 53 };
const CONNECTION = { ...ENDS, protocol: "tcp" };

let host: FakeHost;
let table: ProcessTable;
let flows: OpenFlows;
let closed: SocketRecord[];
let payloads: Map<bigint, FlowPayload>;
let events: ConnectionEvents;

beforeEach(() => {
  host = createFakeHost();
  table = createProcessTable();
  table.set(CURL);
  flows = createOpenFlows(10);
  closed = [];
  payloads = new Map();
  events = createConnectionEvents({
    ...{ host, clock: FAKE_CLOCK, table, flows },
    tellsFlows: true,
    takePayload: (_, begin) => payloads.get(begin),
    onClosed: (record) => closed.push(record),
  });
});

function push(record: SocketRecordBytes): boolean {
  const own = { pid: 7, start: 50_000_000n, time: 100n, ends: ENDS, ...record };
  return events.push(socketRecordBytes(own), 0, 136);
}

describe("a connection", () => {
  it.each([
    [connect, "connect"],
    [accept, "accept"],
    [listen, "listen"],
  ])("is told with its process: kind %i, %s", (kind, type) => {
    expect(push({ kind })).toBe(true);
    expect(host.emitted).toEqual([
      {
        type,
        time: 1_000_000_000_100n,
        connection: CONNECTION,
        ownership: { kind: "process", confidence: "exact", via: "ebpf", owners: [OWNER] },
        process: CURL,
      },
    ]);
  });

  it("is told with the errno's name where it failed", () => {
    push({ kind: connect, error: 111 });
    push({ kind: connect, error: 12345 });
    expect(host.emitted).toMatchObject([{ error: "ECONNREFUSED" }, { error: "E12345" }]);
  });

  it("is told with what it has carried and how long it was, as far as that is known", () => {
    push({ kind: close, flags: began | counted, begin: 40n, sent: 2n ** 63n, received: 4n });
    push({ kind: close, sent: 3n, received: 4n, error: 111 });
    expect(host.emitted[0]).toMatchObject({ duration: 60n, bytesSent: 2n ** 63n, bytesReceived: 4n });
    for (const key of ["duration", "bytesSent", "bytesReceived", "error"])
      expect(host.emitted[1]).not.toHaveProperty(key);
    expect(closed.map(({ sent }) => sent)).toEqual([2n ** 63n, 3n]);
  });

  it("is nobody's, the kernel's, or the listener's where the record says so", () => {
    push({ kind: accept, flags: kernel });
    push({ kind: accept, flags: unknownOwner });
    push({ kind: accept, flags: ofListener });
    expect(host.emitted).toMatchObject([
      { ownership: { kind: "kernel" } },
      { ownership: { kind: "none", reason: "unheld" } },
      { ownership: { kind: "process", confidence: "derived", via: "listener", owners: [OWNER] }, process: CURL },
    ]);
    expect(host.emitted.map((event) => "process" in event)).toEqual([false, false, true]);
  });

  it("has the process that ended before it, if core knows that still, else its pid alone", () => {
    table.end(CURL);
    push({ kind: close });
    host.stored.set(7, CURL);
    push({ kind: close });
    // Another one with that pid.
    push({ kind: close, start: 60_000_000n });
    expect(host.emitted).toMatchObject([
      { ownership: { owners: [{ pid: 7, startTime: 5n }] } },
      { ownership: { owners: [OWNER] }, process: CURL },
      { ownership: { owners: [{ pid: 7, startTime: 6n }] } },
    ]);
    expect(host.emitted.map((event) => "process" in event)).toEqual([false, true, false]);
  });

  it("tells of the ids that its process has by now", () => {
    push({ kind: connect, uid: 54_321, gid: 9 });
    expect(host.emitted).toMatchObject([{ process: { pid: 7, uid: 54_321, gid: 9 } }]);
    expect(table.find(CURL)).toMatchObject({ uid: 54_321, gid: 9, path: "/usr/bin/curl" });
    // Those of a listener, or of one that is over, are not of now.
    push({ kind: accept, flags: ofListener, uid: 1 });
    push({ kind: close, uid: 2 });
    expect(table.find(CURL)).toMatchObject({ uid: 54_321 });
  });

  it("is not told where nobody reads that, but is noted as closed", () => {
    for (const type of ["connect", "close"]) host.unwanted.add(type);
    expect(push({ kind: connect })).toBe(true);
    expect(push({ kind: close })).toBe(true);
    expect(host.emitted).toEqual([]);
    expect(closed).toHaveLength(1);
  });

  it("is none in bytes of another kind", () => {
    expect(push({ kind: 99 })).toBe(false);
    expect(push({ kind: connect, ends: { ...ENDS, protocol: 200 } })).toBe(false);
    expect(events.push(socketRecordBytes({ kind: connect }), 0, 100)).toBe(false);
    expect(events.push(socketRecordBytes({ kind: connect }), 8, 136)).toBe(false);
    expect(host.emitted).toEqual([]);
  });
});

describe("a flow", () => {
  const udp = { ...ENDS, protocol: 17, type: 2 };
  const begin = (more: SocketRecordBytes = {}) => push({ kind: flow, flags: began, cookie: 3n, ends: udp, ...more });
  const end = (flags: number = counted) => push({ kind: release, time: 400n, flags, cookie: 3n, ends: udp });

  it("is told once, and again when its socket is over, with what it has carried", () => {
    payloads.set(100n, { bytesSent: 5n, bytesReceived: 6n });
    begin();
    begin({ time: 200n });
    end();
    const parties = { connection: { ...CONNECTION, protocol: "udp" }, process: CURL };
    expect(host.emitted).toMatchObject([
      { type: "flow", time: 1_000_000_000_100n, ...parties },
      { type: "close", time: 1_000_000_000_400n, ...parties, duration: 300n, bytesSent: 5n, bytesReceived: 6n },
    ]);
    expect(closed).toHaveLength(1);
    end();
    expect(host.emitted).toHaveLength(2);
  });

  it("ends with each of its socket's, and with its own owner", () => {
    begin();
    begin({ ends: { ...udp, dstPort: 54 }, pid: 8, start: 90_000_000n });
    end();
    expect(host.emitted.slice(2)).toMatchObject([
      { connection: { dstPort: 53 }, ownership: { owners: [{ pid: 7 }] } },
      { connection: { dstPort: 54 }, ownership: { owners: [{ pid: 8, startTime: 9n }] } },
    ]);
  });

  it("tells no bytes where they were not counted, and no duration where its beginning was not seen", () => {
    payloads.set(100n, { bytesSent: 5n, bytesReceived: 6n });
    begin();
    end(0);
    begin({ flags: 0 });
    end(0);
    // A packet socket, whose first use is all that is seen of its beginning.
    begin({ flags: 0 });
    end(counted);
    const ends = host.emitted.filter(({ type }) => type === "close");
    expect(ends.map((event) => [Object.hasOwn(event, "duration"), Object.hasOwn(event, "bytesSent")])).toEqual([
      [true, false],
      [false, false],
      [true, true],
    ]);
  });

  it("of a raw or ICMP socket tells what was received only where its sender is known", () => {
    payloads.set(100n, { bytesSent: 5n, bytesReceived: 0n });
    begin({ ends: { ...udp, protocol: 1 } });
    end();
    payloads.set(100n, { bytesSent: 5n, bytesReceived: 6n });
    begin({ ends: { ...udp, type: 3 } });
    end();
    const ends = host.emitted.filter(({ type }) => type === "close");
    expect(ends).toMatchObject([{ bytesSent: 5n }, { bytesSent: 5n, bytesReceived: 6n }]);
    expect(ends[0]).not.toHaveProperty("bytesReceived");
  });

  it("is remembered also where nobody reads flows", () => {
    host.unwanted.add("flow");
    begin();
    end();
    expect(host.emitted.map(({ type }) => type)).toEqual(["close"]);
  });
});
