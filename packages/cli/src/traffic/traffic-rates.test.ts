import type { Traffic } from "@procmon/core";
import { expect, it } from "vitest";
import { sortTraffic } from "./sort-traffic.ts";
import { trafficRates } from "./traffic-rates.ts";

const connection = { protocol: "udp", srcIp: "::1", srcPort: 1, dstIp: "::1", dstPort: 2, netns: 3 } as const;
const SECOND = 1_000_000_000n;

function traffic(bytes: Readonly<Record<number, readonly [sent: bigint, received: bigint]>>): Traffic {
  const processes = Object.entries(bytes).map(([pid, [bytesSent, bytesReceived]]) => ({
    owner: { pid: Number(pid), startTime: 7n },
    bytesSent,
    bytesReceived,
    connections: [{ connection, bytesSent, bytesReceived }],
  }));
  return { time: 0n, processes };
}

const perSecond = (before: Traffic, now: Traffic, interval: bigint) =>
  trafficRates(before, now, interval).map((each) => [each.bytesSentPerSecond, each.bytesReceivedPerSecond]);

it("is what was moved since, for each second, rounded", () => {
  const before = traffic({ 1: [100n, 7n] });
  const now = traffic({ 1: [1100n, 8n] });
  expect(perSecond(before, now, SECOND)).toEqual([[1000n, 1n]]);
  expect(perSecond(before, now, 2n * SECOND)).toEqual([[500n, 1n]]);
  expect(perSecond(before, now, SECOND / 10n)).toEqual([[10_000n, 10n]]);
  expect(trafficRates(before, now, SECOND)[0]?.connections[0]).toMatchObject({ connection, bytesSentPerSecond: 1000n });
});

it("is all of it for a process that was not there, also under a pid that was", () => {
  expect(perSecond(traffic({}), traffic({ 1: [5n, 6n] }), SECOND)).toEqual([[5n, 6n]]);
  const before = traffic({ 1: [4n, 4n] });
  const other = {
    ...before,
    processes: before.processes.map((each) => ({ ...each, owner: { pid: 1, startTime: 6n } })),
  };
  expect(perSecond(other, traffic({ 1: [5n, 6n] }), SECOND)).toEqual([[5n, 6n]]);
});

it("is never below zero: a method that starts again counts from zero", () => {
  expect(perSecond(traffic({ 1: [100n, 100n] }), traffic({ 1: [30n, 200n] }), SECOND)).toEqual([[30n, 100n]]);
});

it("is sorted by what was moved in the interval, then so far, then by pid", () => {
  const before = traffic({ 1: [0n, 0n], 2: [50n, 0n], 3: [0n, 0n], 4: [0n, 0n] });
  const now = traffic({ 4: [1n, 2n], 3: [1n, 2n], 2: [51n, 2n], 1: [0n, 4n] });
  const order = (by: "total" | "sent" | "received") =>
    sortTraffic(trafficRates(before, now, SECOND), by).map(({ owner }) => owner.pid);
  expect(order("total")).toEqual([1, 2, 3, 4]);
  expect(order("sent")).toEqual([2, 3, 4, 1]);
  expect(order("received")).toEqual([1, 2, 3, 4]);
});
