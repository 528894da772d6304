import { beforeEach, describe, expect, it } from "vitest";
import { joinBytes, type SocketRecordBytes, socketRecordBytes } from "../records/record-bytes.test-kit.ts";
import { RECORD_KINDS } from "../records/record-head.ts";
import { decodeSocketRecord, type SocketRecord } from "../records/socket-record.ts";
import { createTraffic, type SocketTraffic } from "./socket-traffic.ts";

const BEGAN = 0x18;
const ENDS = { netns: 1, srcIp: "10.0.0.1", srcPort: 1, dstIp: "10.0.0.2", dstPort: 2 };

let sockets: SocketRecordBytes[];
let whileReading: () => void;
let onFlush: () => void;
let traffic: SocketTraffic;

beforeEach(() => {
  sockets = [];
  whileReading = () => {};
  onFlush = () => {};
  traffic = createTraffic({
    readTraffic: async () => {
      const list = joinBytes(sockets.map(socketRecordBytes));
      whileReading();
      return list;
    },
    flush: async () => onFlush(),
    describe: ({ pid, startTime }) => ({ pid, startTime }),
    now: () => 42n,
  });
});

function closed(record: SocketRecordBytes): SocketRecord {
  const decoded = decodeSocketRecord(socketRecordBytes({ kind: RECORD_KINDS.close, ends: ENDS, ...record }), 0, 136);
  if (!decoded) throw new Error("no record");
  return decoded;
}

async function sums(): Promise<object> {
  const { processes } = await traffic.read();
  return Object.fromEntries(
    processes.map(({ owner, bytesSent, bytesReceived, connections }) => {
      return [owner.pid, [Number(bytesSent), Number(bytesReceived), connections.length]];
    }),
  );
}

describe("the traffic of sockets", () => {
  it("tells of processes and their connections since it began", async () => {
    sockets.push({ pid: 7, start: 10n ** 9n, ends: ENDS, cookie: 1n, sent: 100n, received: 7n });
    await traffic.begin();
    sockets = [
      { pid: 7, start: 10n ** 9n, ends: ENDS, cookie: 1n, sent: 105n, received: 7n },
      { pid: 7, start: 10n ** 9n, flags: BEGAN, ends: ENDS, cookie: 2n, sent: 1n, received: 2n },
    ];
    const { time, processes } = await traffic.read();
    expect(time).toBe(42n);
    const { netns, ...ends } = ENDS;
    const connection = { protocol: "tcp", ...ends, netns };
    expect(processes).toEqual([
      {
        owner: { pid: 7, startTime: 100n },
        bytesSent: 6n,
        bytesReceived: 2n,
        connections: [
          { connection, bytesSent: 5n, bytesReceived: 0n },
          { connection, bytesSent: 1n, bytesReceived: 2n },
        ],
      },
    ]);
  });

  it("counts all of a socket that it has seen begin", async () => {
    sockets.push({ pid: 7, flags: BEGAN, ends: ENDS, cookie: 1n, sent: 100n });
    await traffic.begin();
    expect(await sums()).toEqual({ 7: [100, 0, 1] });
  });

  it.each([
    ["while it is listed", () => (whileReading = () => traffic.noteClosed(closed({ pid: 7, cookie: 1n, sent: 12n })))],
    ["before its end is read", () => (onFlush = () => traffic.noteClosed(closed({ pid: 7, cookie: 1n, sent: 12n })))],
  ])("counts a socket once that closes %s", async (_, arrange) => {
    sockets.push({ pid: 7, ends: ENDS, flags: BEGAN, cookie: 1n, sent: 10n });
    expect(await sums()).toEqual({ 7: [10, 0, 1] });
    arrange();
    expect(await sums()).toEqual({ 7: [12, 0, 0] });
    [whileReading, onFlush, sockets] = [() => {}, () => {}, []];
    expect(await sums()).toEqual({ 7: [12, 0, 0] });
  });

  it("leaves out listeners, sockets without a process, and the kernel's", async () => {
    sockets = [
      { pid: 7, ends: { ...ENDS, dstPort: 0 }, cookie: 1n },
      { pid: 7, flags: 0x4, ends: ENDS, cookie: 2n, sent: 5n },
      { pid: 7, flags: 0x1, ends: ENDS, cookie: 3n, sent: 5n },
      { pid: 8, flags: BEGAN, ends: { ...ENDS, protocol: 17, type: 2, dstPort: 0 }, cookie: 4n, sent: 5n },
    ];
    traffic.noteClosed(closed({ pid: 7, flags: 0x4, cookie: 9n, sent: 5n }));
    expect(await sums()).toEqual({ 8: [5, 0, 1] });
  });

  it("reads once for all who ask at the same time, and goes on after a failure", async () => {
    let reads = 0;
    whileReading = () => reads++;
    expect(await Promise.all([traffic.read(), traffic.read()]).then(([a, b]) => a === b)).toBe(true);
    expect(reads).toBe(1);
    whileReading = () => {
      throw new Error("no memory");
    };
    await expect(traffic.read()).rejects.toThrow("no memory");
    whileReading = () => {};
    expect(await sums()).toEqual({});
  });

  it("tells how much it remembers", async () => {
    sockets.push({ pid: 7, ends: ENDS, flags: BEGAN, cookie: 1n, sent: 10n });
    await traffic.read();
    expect(traffic.stats()).toEqual({ trafficSockets: 1, trafficProcesses: 1 });
  });
});
