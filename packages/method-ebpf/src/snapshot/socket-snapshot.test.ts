import { DEFAULT_PROCFS, type SnapshotOptions, type SocketEntry } from "@procmon/core";
import { beforeEach, describe, expect, it } from "vitest";
import { type HolderRecordBytes, holderRecordBytes, joinBytes } from "../records/record-bytes.test-kit.ts";
import { SOCKET_FLAGS } from "../records/record-flags.ts";
import type { NamespaceMembers } from "../sockets/namespace-members.ts";
import { readSocketList } from "../sockets/socket-list.ts";
import { createFakeTables, diagRow, type FakeTables } from "../sockets/tables.test-kit.ts";
import { createSocketSnapshot, type SocketSnapshot } from "./socket-snapshot.ts";

const NETNS = 5;
const A = 5_000_001;
const B = 5_000_002;
const listening = {
  protocol: "tcp",
  srcIp: "10.0.0.1",
  srcPort: 80,
  dstIp: "0.0.0.0",
  dstPort: 0,
  netns: NETNS,
} as const;
const peer = { ...listening, dstIp: "10.0.0.2", dstPort: 50_000 };

let held: HolderRecordBytes[];
let tables: FakeTables;
let failure: Error | undefined;
let snapshot: SocketSnapshot;

beforeEach(() => {
  held = [];
  failure = undefined;
  tables = createFakeTables(NETNS);
  const members: NamespaceMembers = {
    own: NETNS,
    list: () => [NETNS],
    learn() {},
    open: () => undefined,
    refresh() {},
  };
  snapshot = createSocketSnapshot({
    procfs: DEFAULT_PROCFS,
    tables,
    members,
    search: async () => {
      if (failure) throw failure;
      return readSocketList(joinBytes(held.map(holderRecordBytes)));
    },
    describe: ({ pid, startTime }) => ({ pid, startTime, comm: `c${pid}` }),
  });
});

async function entries(options?: SnapshotOptions): Promise<SocketEntry[]> {
  const all: SocketEntry[] = [];
  for await (const entry of snapshot.entries(options)) all.push(entry);
  return all;
}

const { netns, srcIp, srcPort } = listening;
const HELD: HolderRecordBytes = { pid: A, inode: 9, fd: 3, state: 10, socketUid: 1, ends: { netns, srcIp, srcPort } };

describe("a snapshot", () => {
  it("tells of a socket with all its holders", async () => {
    held.push({ ...HELD, receiveQueue: 2 }, { ...HELD, pid: B, fd: 4 });
    expect(await entries()).toEqual([
      {
        family: "inet",
        connection: listening,
        state: "listen",
        inode: 9,
        uid: 1,
        netns: NETNS,
        receiveQueue: 2,
        sendQueue: 0,
        ownership: {
          kind: "process",
          confidence: "exact",
          via: "ebpf",
          owners: [
            { pid: A, startTime: 0n, fd: 3, comm: `c${A}` },
            { pid: B, startTime: 0n, fd: 4, comm: `c${B}` },
          ],
        },
      },
    ]);
  });

  it("lists each socket once, whichever way it is told of", async () => {
    held.push(HELD);
    tables.rows.push(diagRow(listening, { inode: 9, state: "listen" }));
    expect(await entries()).toHaveLength(1);
  });

  it("adds what nobody holds: not accepted, over, being finished", async () => {
    held.push(HELD);
    tables.rows.push(diagRow(peer, { state: "established" }));
    tables.rows.push(diagRow({ ...peer, dstPort: 1 }, { state: "time-wait" }));
    tables.rows.push(diagRow({ ...peer, dstPort: 2 }, { state: "fin-wait-1" }));
    tables.rows.push(diagRow({ ...peer, srcPort: 81 }, { state: "syn-recv" }));
    const [, waiting, ...others] = await entries();
    expect(waiting?.ownership).toMatchObject({ confidence: "derived", via: "listener", owners: [{ pid: A, fd: 3 }] });
    expect(others.map(({ ownership }) => ownership)).toEqual([
      { kind: "none", reason: "time-wait" },
      { kind: "none", reason: "orphaned" },
      { kind: "none", reason: "orphaned" },
    ]);
  });

  it("tells of MPTCP by its connection, and not by a subflow that nobody holds", async () => {
    const { dstIp, dstPort } = peer;
    held.push({ ...HELD, state: 1, flags: SOCKET_FLAGS.mptcp, ends: { netns, srcIp, srcPort, dstIp, dstPort } });
    tables.rows.push(diagRow(peer, { inode: 10 }));
    const all = await entries();
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ connection: peer, inode: 9, ownership: { owners: [{ pid: A }] } });
  });

  it("joins unix sockets with what the tables tell of them, and with who waits for them", async () => {
    held.push({ ...HELD, ends: { netns, family: 1, protocol: 0 }, state: 10 });
    const row = { type: "stream", state: "listen", inode: 9, name: Buffer.from("/run/x"), cookie: 1n, uid: 8 } as const;
    tables.unixRows.push({ ...row, waitingPeers: [77] });
    const [listener, waiting] = await entries();
    const common = { family: "unix", type: "stream", path: "/run/x", netns: NETNS };
    expect(listener).toMatchObject({
      ...common,
      state: "listen",
      inode: 9,
      uid: 8,
      ownership: { confidence: "exact" },
    });
    expect(waiting).toMatchObject({ ...common, state: "syn-sent", inode: 0, ownership: { via: "listener" } });
  });

  it("goes by the list alone in a network namespace that cannot be entered", async () => {
    held.push({ ...HELD, ends: { netns: 6, family: 1, protocol: 0, type: 5 } });
    held.push({
      ...HELD,
      inode: 10,
      state: 7,
      ends: { netns: 6, family: 17, type: 3, protocol: 0x800 },
      interfaceIndex: 2,
    });
    expect(await entries()).toMatchObject([
      { family: "unix", type: "seqpacket", state: "listen", netns: 6, ownership: { owners: [{ pid: A }] } },
      { family: "packet", type: "raw", etherType: 0x800, interfaceIndex: 2, netns: 6, inode: 10 },
    ]);
  });

  it("gives only what is asked for", async () => {
    held.push(HELD, { ...HELD, inode: 10, ends: { netns: 6, family: 1, protocol: 0 } });
    tables.rows.push(diagRow(peer, { state: "time-wait" }));
    expect(await entries({ families: ["unix"] })).toHaveLength(1);
    expect(await entries({ families: [] })).toEqual([]);
  });

  it("rejects with the signal's reason, and with the iterator's error", async () => {
    await expect(entries({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    failure = new Error("no memory");
    await expect(entries()).rejects.toThrow("no memory");
  });
});
