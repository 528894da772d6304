import { DEFAULT_PROCFS } from "@procmon/core";
import { beforeEach, describe, expect, it } from "vitest";
import { SOCKET_FLAGS } from "../records/record-flags.ts";
import { diagRow } from "../sockets/tables.test-kit.ts";
import { A, asked, B, createLookupScene, ENDS, type LookupScene, listening, NETNS } from "./lookup-scene.test-kit.ts";
import { createOwnerLookup } from "./owner-lookup.ts";

const { shared, unknownOwner } = SOCKET_FLAGS;

let scene: LookupScene;

beforeEach(() => {
  scene = createLookupScene();
});

describe("a lookup that the table does not settle", () => {
  it("names every process that holds a socket which several sockets share the ends of", async () => {
    for (const [inode, pid] of [A, B].entries()) {
      scene.tables.rows.push(diagRow(listening, { state: "listen", inode: inode + 1 }));
      scene.held.push({
        pid,
        start: scene.live(pid),
        ends: { netns: NETNS, srcPort: 8080 },
        inode: inode + 1,
        fd: 3,
        state: 10,
      });
    }
    for (const entry of [{ flags: shared }, { sharers: 1 }, { flags: unknownOwner }]) {
      scene.owners.set(listening, { pid: A, start: scene.live(A), ...entry });
      expect(await scene.lookup.find(listening)).toMatchObject({
        confidence: "derived",
        owners: [{ pid: A }, { pid: B }],
      });
    }
  });

  it("names who holds the socket after its owner has ended", async () => {
    scene.owners.set(asked, { pid: A, start: scene.live(A) });
    scene.end(A);
    scene.tables.rows.push(diagRow(asked, { inode: 9 }));
    scene.held.push({ pid: B, start: scene.live(B), ends: ENDS, inode: 9, fd: 3, state: 1 });
    expect(await scene.lookup.find(asked)).toMatchObject({ confidence: "exact", owners: [{ pid: B, fd: 3 }] });
  });

  it("says what is over, and who owned it last", async () => {
    scene.owners.set(asked, { pid: A, start: scene.live(A) });
    scene.end(A);
    scene.tables.rows.push(diagRow(asked, { state: "fin-wait-2" }));
    expect(await scene.lookup.find(asked)).toEqual({
      kind: "none",
      reason: "orphaned",
      lastOwner: { pid: A, startTime: 100n, comm: `c${A}`, path: `/bin/${A}` },
    });
    scene.owners.delete(asked);
    scene.tables.rows.pop();
    scene.lookup.noteClosed(asked, { pid: B, startTime: 5n });
    expect(await scene.lookup.find(asked)).toEqual({
      kind: "none",
      reason: "not-found",
      lastOwner: { pid: B, startTime: 5n },
    });
  });

  it("finds nothing where nothing is, without a list", async () => {
    expect(await scene.lookup.find(asked)).toEqual({ kind: "none", reason: "not-found" });
    expect(await scene.lookup.find({ ...asked, protocol: "udp" })).toEqual({ kind: "none", reason: "not-found" });
    expect(scene.searches).toBe(0);
  });

  it("goes by the list alone in a network namespace that cannot be entered", async () => {
    const there = { ...asked, netns: 7 };
    expect(await scene.lookup.find(there)).toEqual({ kind: "none", reason: "not-found" });
    scene.held.push({ pid: A, start: scene.live(A), ends: { ...ENDS, netns: 7 }, inode: 9, fd: 3, state: 1 });
    scene.held.push({ pid: B, start: scene.live(B), ends: ENDS, inode: 10, fd: 3, state: 1 });
    expect(await scene.lookup.find(there)).toMatchObject({ confidence: "exact", owners: [{ pid: A }] });
  });

  it("finds ping sockets by the list, since the kernel gives no table of them", async () => {
    const ping = { ...asked, protocol: "icmp", srcPort: 77, dstPort: 0 } as const;
    const ends = { ...ENDS, protocol: 1, type: 2, srcPort: 77, srcIp: "0.0.0.0", dstIp: "0.0.0.0", dstPort: 0 };
    scene.held.push({ pid: A, start: scene.live(A), ends, inode: 9, fd: 3, state: 7 });
    expect(await scene.lookup.find(ping)).toMatchObject({ confidence: "derived", owners: [{ pid: A }] });
  });

  it("takes no raw socket for the owner of a packet that any of them may have sent", async () => {
    const raw = { ...asked, protocol: "raw", srcPort: 1, dstPort: 0 } as const;
    const socket = diagRow({ ...raw, srcIp: "0.0.0.0", dstIp: "0.0.0.0" }, { state: "unconnected", inode: 9 });
    scene.tables.rows.push(socket);
    scene.held.push({
      pid: A,
      start: scene.live(A),
      ends: { netns: NETNS, protocol: 1, type: 3, srcPort: 1 },
      inode: 9,
      state: 7,
    });
    expect(await scene.lookup.find(raw)).toMatchObject({ kind: "none", reason: "ambiguous", candidates: [{ pid: A }] });
  });

  it("names packet sockets as candidates only, and has no word about SCTP", async () => {
    const packet = { ...asked, protocol: "packet" } as const;
    expect(await scene.lookup.find(packet)).toEqual({ kind: "none", reason: "not-found" });
    scene.held.push({
      pid: A,
      start: scene.live(A),
      ends: { netns: NETNS, family: 17, protocol: 3, type: 3 },
      inode: 9,
      state: 7,
    });
    expect(await scene.lookup.find(packet)).toMatchObject({
      kind: "none",
      reason: "ambiguous",
      candidates: [{ pid: A }],
    });
    expect(await scene.lookup.find({ ...asked, protocol: "sctp" })).toMatchObject({ kind: "hidden" });
  });

  it("names the application's process for the subflow of an MPTCP connection", async () => {
    scene.tables.rows.push(diagRow(asked, { inode: 9 }));
    scene.held.push({ pid: A, start: scene.live(A), ends: ENDS, flags: 0x20, inode: 12, fd: 3, state: 1 });
    expect(await scene.lookup.find(asked)).toMatchObject({ confidence: "exact", owners: [{ pid: A, fd: 3 }] });
  });

  it("takes no other socket of the same ends for the subflow's", async () => {
    scene.tables.rows.push(diagRow(asked, { inode: 9 }));
    scene.held.push({ pid: A, start: scene.live(A), ends: ENDS, inode: 12, fd: 3, state: 1 });
    const { kind } = await scene.lookup.find(asked);
    expect(kind).not.toBe("process");
  });

  it("looks again where sockets came and went meanwhile", async () => {
    scene.tables.rows.push(diagRow(asked, { inode: 9 }));
    scene.onSearch = () => {
      scene.tables.rows[0] = diagRow(asked, { inode: 10 });
      scene.held = [{ pid: A, start: scene.live(A), ends: ENDS, inode: 10, fd: 3, state: 1 }];
    };
    expect(await scene.lookup.find(asked)).toMatchObject({ confidence: "exact", owners: [{ pid: A }] });
    expect(scene.searches).toBe(2);
    scene.onSearch = () => void scene.tables.rows.pop();
    scene.tables.rows[0] = diagRow(asked, { inode: 11 });
    expect(await scene.lookup.find(asked)).toEqual({ kind: "none", reason: "not-found" });
  });

  it("answers a rejected search with its error", async () => {
    scene.tables.rows.push(diagRow(asked, { inode: 9 }));
    const failing = createOwnerLookup({
      procfs: DEFAULT_PROCFS,
      owners: scene.owners,
      tables: scene.tables,
      describe: () => undefined,
      flush: async () => {},
      search: () => Promise.reject(new Error("no memory")),
      now: () => 0n,
    });
    await expect(failing.find(asked)).rejects.toThrow("no memory");
  });
});

describe("a socket that several processes may hold", () => {
  beforeEach(() => {
    scene.owners.set(asked, { cookie: 3n, inode: 9, pid: A, start: scene.live(A), time: 500n });
    scene.tables.rows.push(diagRow(asked, { inode: 9 }));
    for (const pid of [A, B])
      scene.held.push({ pid, start: scene.live(pid), ends: ENDS, cookie: 3n, inode: 9, fd: 3, state: 1 });
  });

  it("is searched for once its process has forked", async () => {
    expect(await scene.lookup.find(asked)).toMatchObject({ owners: [{ pid: A }] });
    expect(scene.searches).toBe(0);
    scene.forks.push({ pid: A, time: 600n });
    expect(await scene.lookup.find(asked)).toMatchObject({ confidence: "exact", owners: [{ pid: A }, { pid: B }] });
    expect(scene.searches).toBe(1);
  });

  it("is known from a list, and searched for where a holder is none any more", async () => {
    scene.lookup.learn(scene.list(), 1000n);
    // Neither process is there, so that neither holds it now.
    expect(await scene.lookup.find(asked)).toMatchObject({ owners: [{ pid: A }, { pid: B }] });
    expect(scene.searches).toBe(1);
  });
});
