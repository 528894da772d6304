import { describe, expect, it } from "vitest";
import type { SocketHolder } from "./held-sockets.ts";
import { type HolderKnowledge, matchOwnership, socketOwnership } from "./socket-ownership.ts";
import type { InetSocketRow } from "./socket-row.ts";

const EXACT = { confidence: "exact", via: "scan" } as const;
const FIRST: SocketHolder = { pid: 7, startTime: 70n, fd: 3 };
const SECOND: SocketHolder = { pid: 8, startTime: 80n, fd: 4 };

function knowledge(holders: Record<number, SocketHolder[]>, change?: Partial<HolderKnowledge>): HolderKnowledge {
  return {
    holdersOf: (inode) => holders[inode] ?? [],
    describe: (holder) => holder,
    isSurelyUnheld: () => false,
    visibility: { complete: true, requires: "" },
    ...change,
  };
}

function row(inode: number): InetSocketRow {
  const ends = { srcIp: "0.0.0.0", srcPort: 80, dstIp: "0.0.0.0", dstPort: 0 };
  return { protocol: "tcp", ...ends, state: "listen", inode, uid: 1000, receiveQueue: 0, sendQueue: 0 };
}

describe("socketOwnership", () => {
  it("names every holder", () => {
    expect(socketOwnership(row(1), knowledge({ 1: [FIRST, SECOND] }), EXACT)).toEqual({
      kind: "process",
      ...EXACT,
      owners: [FIRST, SECOND],
    });
  });

  it("leaves out a holder that has ended meanwhile", () => {
    const known = knowledge({ 1: [FIRST, SECOND] }, { describe: (holder) => (holder === SECOND ? holder : undefined) });
    expect(socketOwnership(row(1), known, EXACT)).toMatchObject({ owners: [SECOND] });
  });

  it("calls it hidden where somebody may hold it who may not be looked at", () => {
    const visibility = { complete: false, requires: "CAP_SYS_PTRACE" };
    const known = knowledge({}, { visibility, isSurelyUnheld: () => true });
    expect(socketOwnership(row(1), known, EXACT)).toEqual({ kind: "hidden", uid: 1000, requires: "CAP_SYS_PTRACE" });
  });

  it("calls it the kernel's only where nobody can hold it, else unheld", () => {
    expect(socketOwnership(row(1), knowledge({}), EXACT)).toEqual({ kind: "none", reason: "unheld" });
    expect(socketOwnership(row(1), knowledge({}, { isSurelyUnheld: () => true }), EXACT)).toEqual({
      kind: "kernel",
      path: "Kernel connection",
      via: "no-holder",
    });
  });
});

describe("matchOwnership", () => {
  it("gives all owners of sockets that share a connection", () => {
    const match = { kind: "sockets", rows: [row(1), row(2)], confidence: "derived" } as const;
    expect(matchOwnership(match, knowledge({ 1: [SECOND], 2: [FIRST] }), "scan")).toEqual({
      kind: "process",
      confidence: "derived",
      via: "scan",
      owners: [FIRST, SECOND],
    });
  });

  it("decides nothing where the holder of one of them is not known", () => {
    const match = { kind: "sockets", rows: [row(1), row(2)], confidence: "derived" } as const;
    expect(matchOwnership(match, knowledge({ 1: [FIRST] }), "scan")).toEqual({
      kind: "none",
      reason: "ambiguous",
      candidates: [FIRST],
    });
  });

  it("takes what is ambiguous for an answer only where all is held by the same", () => {
    const match = { kind: "ambiguous", rows: [row(1), row(2)], sameOwnerSuffices: true } as const;
    expect(matchOwnership(match, knowledge({ 1: [FIRST], 2: [FIRST] }), "scan")).toMatchObject({
      kind: "process",
      confidence: "derived",
      owners: [FIRST],
    });
    expect(matchOwnership(match, knowledge({ 1: [FIRST], 2: [SECOND] }), "scan")).toMatchObject({
      kind: "none",
      reason: "ambiguous",
    });
    expect(
      matchOwnership({ ...match, sameOwnerSuffices: false }, knowledge({ 1: [FIRST], 2: [FIRST] }), "scan"),
    ).toEqual({ kind: "none", reason: "ambiguous", candidates: [FIRST] });
  });

  it("says when the listener stands for a connection that nobody has accepted", () => {
    const match = { kind: "sockets", rows: [row(1)], confidence: "derived", via: "listener" } as const;
    expect(matchOwnership(match, knowledge({ 1: [FIRST] }), "scan")).toMatchObject({ via: "listener" });
  });
});
