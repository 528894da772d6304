import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFlowPeers } from "./flow-peers.ts";
import { createKnownSockets, type KnownSocket } from "./known-sockets.ts";

const A = { pid: 1, startTime: 10n };
const B = { pid: 2, startTime: 20n };
const socket = (protocol = 0): KnownSocket => ({ family: 2, type: 1, protocol });

describe("known sockets", () => {
  it("are a process's own, not its pid's", () => {
    const sockets = createKnownSockets();
    const tcp = socket();
    sockets.set(A, 3, tcp);
    expect(sockets.get(A, 3)).toBe(tcp);
    expect(sockets.get({ ...A, startTime: 11n }, 3)).toBeUndefined();
    sockets.set({ ...A, startTime: 11n }, 4, socket());
    expect(sockets.get(A, 3)).toBeUndefined();
    sockets.ended(A);
    expect(sockets.size).toBe(1);
    sockets.ended({ ...A, startTime: 11n });
    expect(sockets.size).toBe(0);
  });

  it("go to children, whose changes are their own", () => {
    const sockets = createKnownSockets();
    const [shared, own, early] = [socket(), socket(), socket()];
    sockets.set(A, 3, shared);
    // The child's own record came before that of its fork.
    sockets.set(B, 5, early);
    sockets.forked(A, B);
    sockets.set(B, 4, own);
    sockets.delete(B, 3);
    expect([sockets.get(A, 3), sockets.get(A, 4), sockets.get(A, 5)]).toEqual([shared, undefined, undefined]);
    expect([sockets.get(B, 3), sockets.get(B, 4), sockets.get(B, 5)]).toEqual([undefined, own, early]);
    sockets.forked(A, A);
    sockets.ended(A);
    expect(sockets.get(B, 4)).toBe(own);
  });

  it("are bounded, whoever has them", () => {
    const sockets = createKnownSockets({ capacity: 50, processCapacity: 10, perProcess: 8 });
    for (let fd = 0; fd < 20; fd++) sockets.set(A, fd, socket());
    expect([sockets.get(A, 11), sockets.get(A, 12), sockets.size]).toEqual([undefined, sockets.get(A, 19), 8]);
    for (let pid = 2; pid < 40; pid++) for (let fd = 0; fd < 8; fd++) sockets.set({ pid, startTime: 1n }, fd, socket());
    expect(sockets.size).toBeLessThanOrEqual(50);
    expect(sockets.get({ pid: 39, startTime: 1n }, 7)).toBeDefined();
    expect(sockets.get(A, 19)).toBeUndefined();
  });

  it("are what they would be without sharing", () => {
    const pid = fc.integer({ min: 1, max: 4 });
    const fd = fc.integer({ min: 0, max: 3 });
    const step = fc.oneof(
      fc.record({ what: fc.constant("set" as const), pid, fd }),
      fc.record({ what: fc.constant("delete" as const), pid, fd }),
      fc.record({ what: fc.constant("fork" as const), pid, fd: pid }),
      fc.record({ what: fc.constant("end" as const), pid, fd }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const sockets = createKnownSockets();
        const model = new Map<number, Map<number, KnownSocket>>();
        const identity = (of: number) => ({ pid: of, startTime: 1n });
        for (const { what, pid: one, fd: other } of steps) {
          const mine = model.get(one) ?? new Map<number, KnownSocket>();
          if (what === "set") {
            const made = socket();
            sockets.set(identity(one), other, made);
            model.set(one, mine.set(other, made));
          } else if (what === "delete") {
            sockets.delete(identity(one), other);
            mine.delete(other);
          } else if (what === "fork") {
            sockets.forked(identity(one), identity(other));
            if (one !== other && mine.size > 0) model.set(other, new Map([...mine, ...(model.get(other) ?? [])]));
          } else {
            sockets.ended(identity(one));
            model.delete(one);
          }
        }
        for (let one = 1; one <= 4; one++) {
          for (let at = 0; at <= 3; at++) {
            expect(sockets.get(identity(one), at)).toBe(model.get(one)?.get(at));
          }
        }
        for (let one = 1; one <= 4; one++) sockets.ended(identity(one));
        expect(sockets.size).toBe(0);
      }),
    );
  });
});

describe("peers of flows", () => {
  it("are told of once, and make room", () => {
    const peers = createFlowPeers(4);
    const [a, b] = [socket(), socket()];
    expect([peers.isFirst(a, "x"), peers.isFirst(a, "x"), peers.isFirst(b, "x")]).toEqual([true, false, true]);
    for (let peer = 0; peer < 100; peer++) expect(peers.isFirst(b, `${peer}`)).toBe(true);
    expect(peers.size).toBeLessThanOrEqual(4);
    expect(peers.isFirst(a, "x")).toBe(true);
  });
});
