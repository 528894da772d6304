import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { DEFAULT_PROCFS, type InetSocketEntry, type Ownership, readSnapshot, type SocketEntry } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { packEntries, packReply, unpackEntries, unpackReply } from "./entry-batch.ts";

const ENTRY: InetSocketEntry = {
  family: "inet",
  connection: { protocol: "tcp6", srcIp: "::1", srcPort: 443, dstIp: "::1", dstPort: 9, netns: 7 },
  state: "established",
  inode: 2 ** 45,
  uid: 4_294_967_294,
  netns: 7,
  receiveQueue: 1,
  sendQueue: 2,
  ownership: { kind: "none", reason: "orphaned" },
};

const owned = (fd: number | undefined, rest: object = {}, more: object = {}): SocketEntry => {
  const owner = { pid: 5, startTime: 6n, ...(fd === undefined ? {} : { fd }), comm: "a", path: "/a", ...rest };
  return {
    ...ENTRY,
    ownership: { kind: "process", confidence: "exact", via: "scan", owners: [owner], ...more } as Ownership,
  };
};

/** Packed, sent, and unpacked. */
const sent = (entries: readonly SocketEntry[]): SocketEntry[] => unpackEntries(structuredClone(packEntries(entries)));

describe("packed entries", () => {
  it("are the same when they arrive, of all sockets of this machine", async () => {
    const server = createServer().listen(0, "::1");
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await Promise.all([once(server, "listening"), once(socket, "listening")]);
    const { sockets } = readSnapshot(DEFAULT_PROCFS);
    expect(sockets.filter((entry) => entry.family === "inet").length).toBeGreaterThan(1);
    expect(sent(sockets)).toEqual(sockets);
    server.close();
    socket.close();
  });

  it("share what the sockets of a process have in common, and nothing else", () => {
    const alike = [owned(3), owned(4), owned(5)];
    expect(packEntries(alike).ownerships).toHaveLength(1);
    expect(sent(alike)).toEqual(alike);
    const odd = [
      owned(3),
      owned(undefined),
      owned(4, { tid: 9 }),
      owned(4, { startTime: 7n }),
      owned(4, { comm: "b" }),
      owned(4, { path: undefined }),
      owned(0, {}, { confidence: "derived" }),
      owned(4, {}, { via: "listener" }),
      owned(4, {}, { owners: [5, 6].map((pid) => ({ pid, startTime: 6n, fd: 1 })) }),
      ENTRY,
    ];
    expect(sent(odd)).toEqual(odd);
  });

  it("keep their order, and what is not known of them", () => {
    const { uid: _, ...unknown } = ENTRY;
    const unix: SocketEntry = {
      family: "unix",
      type: "dgram",
      state: "unconnected",
      inode: 3,
      ownership: ENTRY.ownership,
    };
    const entries = [unix, ENTRY, unknown, unix, { ...ENTRY, netns: 8 }, owned(1)];
    expect(sent(entries)).toEqual(entries);
    expect(sent([])).toEqual([]);
  });
});

describe("replies", () => {
  it("are packed if they have entries", () => {
    const entries = { type: "entries", id: 1, entries: [ENTRY], done: true } as const;
    expect(unpackReply(structuredClone(packReply(entries)))).toEqual(entries);
    expect(packReply({ type: "ready" })).toEqual({ type: "ready" });
    expect(unpackReply({ type: "ready" })).toEqual({ type: "ready" });
  });
});
