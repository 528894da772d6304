import { type CheckedConnection, type ProcessIdentity, type ProcessTraffic, processKey } from "@procmon/core";
import { beforeEach, describe, expect, it } from "vitest";
import { createTrafficAccount, type TrafficAccount } from "./traffic-account.ts";

const connection: CheckedConnection = {
  protocol: "tcp",
  srcIp: "10.0.0.1",
  srcPort: 1,
  dstIp: "10.0.0.2",
  dstPort: 2,
  netns: 1,
};
const process = (pid: number) => ({ pid, startTime: 1n });
const counts = (cookie: number, sent: number, received = 0) => ({ cookie, sent, received });

let living: Set<string>;
let now: number;
let account: TrafficAccount;

beforeEach(() => {
  living = new Set();
  now = 0;
  account = createTrafficAccount({
    describe: (identity) => (living.has(processKey(identity)) ? { ...process(identity.pid), comm: "live" } : undefined),
    recall: ({ pid }: ProcessIdentity) => ({ ...process(pid), comm: "ended" }),
    graceMs: 1000,
    maxEnded: 10,
    clock: () => now,
  });
});

function sums(): Record<number, [number, number, number]> {
  const byPid: Record<number, [number, number, number]> = {};
  for (const { owner, bytesSent, bytesReceived, connections } of account.processes()) {
    byPid[owner.pid] = [Number(bytesSent), Number(bytesReceived), connections.length];
  }
  return byPid;
}

describe("an account of payload", () => {
  it("adds up what lives and what is closed, each byte once", () => {
    account.addClosed(counts(1, 10, 20), process(7));
    account.addLive(counts(2, 5, 6), process(7), connection);
    expect(sums()).toEqual({ 7: [15, 26, 1] });
    account.sweep();
    account.addLive(counts(2, 8, 6), process(7), connection);
    expect(sums()).toEqual({ 7: [18, 26, 1] });
    account.addClosed(counts(2, 9, 10), process(7));
    expect(account.stats.sockets).toBe(0);
    account.sweep();
    expect(sums()).toEqual({ 7: [19, 30, 0] });
  });

  it("does not count what was carried before, of the process or of its connection", () => {
    account.skip(counts(1, 100, 200));
    account.skip(counts(2, 100, 200));
    account.addLive(counts(1, 103, 200), process(7), connection);
    account.addClosed(counts(2, 101, 202), process(7));
    expect(sums()).toEqual({ 7: [4, 2, 1] });
    expect(account.processes()[0]?.connections).toEqual([{ connection, bytesSent: 3n, bytesReceived: 0n }]);
  });

  it("leaves what a socket has carried with whoever had it then", () => {
    account.addLive(counts(1, 10), process(7), connection);
    account.sweep();
    account.addLive(counts(1, 15), process(8), connection);
    account.addClosed(counts(1, 16), process(8));
    expect(sums()).toEqual({ 7: [10, 0, 0], 8: [6, 0, 1] });
  });

  it("counts a socket from nothing that has begun again", () => {
    account.addLive(counts(1, 100), process(7), connection);
    account.sweep();
    account.addLive(counts(1, 30), process(7), connection);
    expect(sums()).toEqual({ 7: [130, 0, 1] });
    expect(account.processes()[0]?.connections[0]?.bytesSent).toBe(30n);
  });

  it("forgets a socket whose end was lost", () => {
    account.addLive(counts(1, 10), process(7), connection);
    account.sweep();
    account.sweep();
    expect(account.stats.sockets).toBe(0);
    expect(sums()).toEqual({ 7: [10, 0, 0] });
  });

  it("keeps an ended process for a while, by the name that it had", () => {
    living.add("7:1");
    account.addClosed(counts(1, 10), process(7));
    account.addClosed(counts(2, 10), process(8));
    account.sweep();
    const names = (all: ProcessTraffic[]) => all.map(({ owner }) => owner.comm);
    expect(names(account.processes())).toEqual(["live", "ended"]);
    now = 999;
    account.sweep();
    expect(names(account.processes())).toEqual(["live", "ended"]);
    now = 1000;
    account.sweep();
    expect(names(account.processes())).toEqual(["live"]);
  });

  it("stays within its bounds though nobody asks, and keeps all that live", () => {
    living.add("1:1");
    account.addClosed(counts(1, 1), process(1));
    for (let pid = 2; pid <= 1000; pid++) account.addClosed(counts(pid, 1), process(pid));
    expect(account.stats.processes).toBeLessThanOrEqual(31);
    expect(account.stats.sockets).toBe(0);
    expect(sums()[1]).toEqual([1, 0, 0]);
    expect(sums()[1000]).toEqual([1, 0, 0]);
  });

  it("makes no process of a socket that carried nothing", () => {
    account.addClosed(counts(1, 0), process(7));
    expect(sums()).toEqual({});
  });
});
