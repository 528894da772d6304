import { describe, expect, it } from "vitest";
import { checkConnection } from "../connection/check-connection.ts";
import type { ConnectionTuple } from "../connection/connection-tuple.ts";
import { type ConnectionMatch, matchConnection, portsOf, tablesOf } from "./match-connection.ts";
import type { InetSocketRow } from "./socket-row.ts";

const ANY = ["0.0.0.0", 0] as const;
const ANY6 = ["::", 0] as const;
type End = readonly [ip: string, port: number];

function row(
  protocol: InetSocketRow["protocol"],
  [srcIp, srcPort]: End,
  [dstIp, dstPort]: End,
  state: InetSocketRow["state"],
  inode: number,
): InetSocketRow {
  return { protocol, srcIp, srcPort, dstIp, dstPort, state, inode, uid: 0, receiveQueue: 0, sendQueue: 0 };
}

function match(
  protocol: ConnectionTuple["protocol"],
  [srcIp, srcPort]: End,
  [dstIp, dstPort]: End,
  rows: readonly InetSocketRow[],
): ConnectionMatch {
  return matchConnection(checkConnection({ protocol, srcIp, srcPort, dstIp, dstPort }, 1), rows);
}

function inodes(found: ConnectionMatch): number[] {
  return found.kind === "none" ? [] : found.rows.map((each) => each.inode);
}

describe("matchConnection of TCP", () => {
  const client = row("tcp", ["10.0.0.1", 40_000], ["10.0.0.2", 80], "established", 11);
  const listener = row("tcp", ["0.0.0.0", 80], ANY, "listen", 12);

  it("finds the very connection, never another of the port", () => {
    const other = row("tcp", ["10.0.0.1", 40_000], ["10.0.0.3", 80], "established", 13);
    const found = match("tcp", ["10.0.0.1", 40_000], ["10.0.0.2", 80], [other, client, listener]);
    expect(found).toMatchObject({ kind: "sockets", confidence: "exact" });
    expect(inodes(found)).toEqual([11]);
    expect(match("tcp", ["10.0.0.1", 40_000], ["10.0.0.4", 80], [other, client])).toEqual({
      kind: "none",
      reason: "not-found",
    });
  });

  it("never lets TIME_WAIT shadow a live connection", () => {
    const dead = row("tcp", ["10.0.0.1", 40_000], ["10.0.0.2", 80], "time-wait", 0);
    expect(inodes(match("tcp", ["10.0.0.1", 40_000], ["10.0.0.2", 80], [dead, client]))).toEqual([11]);
    expect(match("tcp", ["10.0.0.1", 40_000], ["10.0.0.2", 80], [dead])).toEqual({ kind: "none", reason: "time-wait" });
  });

  it("gives the listener for what nobody has accepted yet, and says so", () => {
    for (const state of ["established", "syn-recv", "close-wait"] as const) {
      const waiting = row("tcp", ["10.0.0.2", 80], ["10.0.0.1", 40_000], state, 0);
      const found = match("tcp", ["10.0.0.2", 80], ["10.0.0.1", 40_000], [waiting, listener]);
      expect(found).toMatchObject({ kind: "sockets", confidence: "derived", via: "listener" });
      expect(inodes(found)).toEqual([12]);
    }
  });

  it("calls a connection orphaned that its process has closed", () => {
    for (const state of ["fin-wait-1", "fin-wait-2", "last-ack", "closing"] as const) {
      const orphan = row("tcp", ["10.0.0.2", 80], ["10.0.0.1", 40_000], state, 0);
      const found = match("tcp", ["10.0.0.2", 80], ["10.0.0.1", 40_000], [orphan, listener]);
      expect(found).toEqual({ kind: "none", reason: "orphaned" });
    }
  });

  it("prefers a listener of the address to one of every address, and the own family to dual-stack", () => {
    const dual = row("tcp6", ["::", 80], ANY6, "listen", 14);
    const own = row("tcp", ["10.0.0.2", 80], ANY, "listen", 15);
    const ask = (rows: InetSocketRow[]) => inodes(match("tcp", ["10.0.0.2", 80], ["10.0.0.9", 5], rows));
    expect(ask([dual, listener, own])).toEqual([15]);
    expect(ask([dual, listener])).toEqual([12]);
    expect(ask([dual])).toEqual([14]);
    expect(ask([row("tcp", ["10.0.0.7", 80], ANY, "listen", 16)])).toEqual([]);
  });

  it("never gives an IPv4 listener for IPv6", () => {
    expect(inodes(match("tcp6", ["2001:db8::1", 80], ["2001:db8::2", 5], [listener]))).toEqual([]);
  });

  it("matches IPv4-mapped connections as IPv4, both ways", () => {
    const mapped = row("tcp6", ["::ffff:10.0.0.2", 80], ["::ffff:10.0.0.1", 40_000], "established", 17);
    const found = match("tcp", ["10.0.0.2", 80], ["10.0.0.1", 40_000], [mapped]);
    expect(found).toMatchObject({ confidence: "exact" });
    expect(inodes(found)).toEqual([17]);
    const asked = match("tcp6", ["::ffff:10.0.0.1", 40_000], ["::ffff:10.0.0.2", 80], [client]);
    expect(inodes(asked)).toEqual([11]);
  });

  it("gives all of several listeners that share a port, as derived", () => {
    const second = row("tcp", ["0.0.0.0", 80], ANY, "listen", 18);
    const found = match("tcp", ["0.0.0.0", 80], ANY, [listener, second]);
    expect(found).toMatchObject({ kind: "sockets", confidence: "derived" });
    expect(inodes(found)).toEqual([12, 18]);
  });

  it("counts a socket once that a changing table lists twice", () => {
    expect(match("tcp", ["10.0.0.1", 40_000], ["10.0.0.2", 80], [client, client])).toMatchObject({
      confidence: "exact",
    });
  });

  it("finds by one end only if there is no choice", () => {
    const second = row("tcp", ["10.0.0.1", 40_000], ["10.0.0.3", 80], "established", 19);
    expect(match("tcp", ["10.0.0.1", 40_000], ANY, [client])).toMatchObject({ kind: "sockets", confidence: "derived" });
    expect(match("tcp", ["10.0.0.1", 40_000], ANY, [client, second])).toMatchObject({ kind: "ambiguous" });
    expect(inodes(match("tcp", ANY, ["10.0.0.2", 80], [client, second]))).toEqual([11]);
  });
});

describe("matchConnection of UDP", () => {
  const bound = row("udp", ["0.0.0.0", 53], ANY, "unconnected", 21);
  const connected = row("udp", ["10.0.0.1", 53], ["10.0.0.2", 9], "established", 22);

  it("prefers the connected socket, and derives from an unconnected one", () => {
    expect(match("udp", ["10.0.0.1", 53], ["10.0.0.2", 9], [bound, connected])).toMatchObject({ confidence: "exact" });
    const found = match("udp", ["10.0.0.1", 53], ["10.0.0.3", 9], [bound, connected]);
    expect(found).toMatchObject({ confidence: "derived" });
    expect(inodes(found)).toEqual([21]);
  });

  it("never gives a socket that is connected to somebody else", () => {
    expect(match("udp", ["10.0.0.1", 53], ["10.0.0.3", 9], [connected])).toEqual({ kind: "none", reason: "not-found" });
  });

  it("finds a dual-stack socket for IPv4", () => {
    const dual = row("udp6", ["::", 53], ANY6, "unconnected", 23);
    expect(inodes(match("udp", ["10.0.0.1", 53], ["10.0.0.3", 9], [dual]))).toEqual([23]);
    expect(inodes(match("udp", ["10.0.0.1", 53], ["10.0.0.3", 9], [dual, bound]))).toEqual([21]);
  });
});

describe("matchConnection of ICMP and raw sockets", () => {
  const ping = row("icmp", ["0.0.0.0", 77], ANY, "unconnected", 31);
  const raw = row("raw", ["0.0.0.0", 1], ANY, "unconnected", 32);

  it("finds a ping socket by its identifier", () => {
    expect(inodes(match("icmp", ["10.0.0.1", 77], ["10.0.0.2", 0], [ping, raw]))).toEqual([31]);
  });

  it("never claims an unconnected raw socket for somebody's packets", () => {
    for (const found of [
      match("icmp", ["10.0.0.1", 78], ["10.0.0.2", 0], [ping, raw]),
      match("raw", ["10.0.0.1", 1], ["10.0.0.2", 0], [raw]),
    ]) {
      expect(found).toMatchObject({ kind: "ambiguous", sameOwnerSuffices: false });
      expect(inodes(found)).toEqual([32]);
    }
  });

  it("finds a raw socket by its own tuple, connected or not", () => {
    const connected = row("raw", ["10.0.0.1", 1], ["10.0.0.2", 0], "established", 33);
    expect(match("raw", ["0.0.0.0", 1], ANY, [raw])).toMatchObject({ kind: "sockets", confidence: "exact" });
    expect(inodes(match("raw", ["10.0.0.1", 1], ["10.0.0.2", 0], [raw, connected]))).toEqual([33]);
    expect(match("raw", ["10.0.0.1", 6], ["10.0.0.2", 0], [raw, connected])).toMatchObject({ kind: "none" });
  });
});

describe("tablesOf and portsOf", () => {
  it("reads both tables for IPv4 and one for IPv6", () => {
    const tuple = { protocol: "tcp", srcIp: "10.0.0.1", srcPort: 5, dstIp: "10.0.0.2", dstPort: 80 } as const;
    expect(tablesOf(checkConnection(tuple, 1))).toEqual(["tcp", "tcp6"]);
    const mapped = { ...tuple, srcIp: "::ffff:10.0.0.1", dstIp: "::ffff:10.0.0.2" };
    expect(tablesOf(checkConnection(mapped, 1))).toEqual(["tcp6", "tcp"]);
    expect(tablesOf(checkConnection({ ...tuple, srcIp: "::1", dstIp: "::1" }, 1))).toEqual(["tcp6"]);
  });

  it("asks for no port in particular where none is known", () => {
    const tuple = { protocol: "icmp", srcIp: "10.0.0.1", srcPort: 5, dstIp: "10.0.0.2", dstPort: 0 } as const;
    expect(portsOf(checkConnection(tuple, 1))).toEqual([5, 1, 58]);
    expect(portsOf(checkConnection({ ...tuple, srcPort: 0 }, 1))).toBeUndefined();
  });
});
