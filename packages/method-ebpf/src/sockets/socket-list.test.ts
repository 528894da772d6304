import { describe, expect, it } from "vitest";
import { type HolderRecordBytes, holderRecordBytes, joinBytes } from "../records/record-bytes.test-kit.ts";
import { isInTables, readSocketList } from "./socket-list.ts";

const SECOND = 1_000_000_000n;
const listOf = (...records: HolderRecordBytes[]) => readSocketList(joinBytes(records.map(holderRecordBytes)));

describe("the list of sockets", () => {
  it("reads a TCP connection and its holder", () => {
    const ends = {
      netns: 9,
      family: 10,
      srcIp: "::ffff:10.0.0.1",
      srcPort: 80,
      dstIp: "::ffff:10.0.0.2",
      dstPort: 555,
    };
    const { byInode, namespaces } = listOf({
      pid: 7,
      start: 12n * SECOND + 19_999_999n,
      ends,
      cookie: 44n,
      inode: 1234,
      fd: 5,
      state: 8,
      receiveQueue: 1,
      sendQueue: 2,
      socketUid: 1000,
    });
    expect(byInode.get(1234)).toMatchObject({
      family: "inet",
      connection: { protocol: "tcp6", srcIp: "::ffff:10.0.0.1", srcPort: 80, dstPort: 555, netns: 9 },
      cookie: 44,
      netns: 9,
      state: "close-wait",
      uid: 1000,
      receiveQueue: 1,
      sendQueue: 2,
      holders: [{ pid: 7, startTime: 1201n, fd: 5 }],
    });
    expect(namespaces).toEqual(new Map([[9, new Set([7])]]));
  });

  it("names every holder once, the lowest pid first, with its lowest descriptor", () => {
    const { byInode } = listOf(
      { pid: 3, fd: 9, inode: 1, state: 10 },
      { pid: 3, fd: 4, inode: 1, state: 10 },
      { pid: 3, fd: 6, inode: 1, state: 10 },
      { pid: 8, fd: 4, inode: 1, state: 10 },
      { pid: 5, fd: 7, inode: 1, state: 10 },
      { pid: 5, fd: 2, inode: 1, state: 10 },
    );
    expect(byInode.get(1)?.holders.map(({ pid, fd }) => [pid, fd])).toEqual([
      [3, 4],
      [5, 2],
      [8, 4],
    ]);
  });

  it("names the thread where that has a table of its own", () => {
    const { byInode } = listOf({ pid: 3, tid: 4, fd: 1, inode: 1, state: 1 }, { pid: 5, fd: 1, inode: 1, state: 1 });
    expect(byInode.get(1)?.holders).toEqual([
      { pid: 3, startTime: 0n, fd: 1, tid: 4 },
      { pid: 5, startTime: 0n, fd: 1 },
    ]);
  });

  it("tells two processes apart that had the same pid", () => {
    const { byInode } = listOf(
      { pid: 3, start: SECOND, fd: 1, inode: 1, state: 1 },
      { pid: 3, start: 2n * SECOND, fd: 1, inode: 2, state: 1 },
    );
    expect([1, 2].map((inode) => byInode.get(inode)?.holders[0]?.startTime)).toEqual([100n, 200n]);
  });

  it("names the state by what the socket is", () => {
    const { byInode } = listOf(
      { pid: 1, inode: 1, state: 7 },
      { pid: 1, inode: 2, state: 7, ends: { protocol: 17, type: 2, srcPort: 53 } },
      { pid: 1, inode: 3, state: 10, ends: { protocol: 0, family: 1 } },
      { pid: 1, inode: 4, state: 7, ends: { protocol: 3, family: 17, type: 3 } },
      { pid: 1, inode: 5, state: 12 },
      { pid: 1, inode: 6, state: 7, ends: { protocol: 6, type: 3, srcPort: 6 } },
    );
    expect([...byInode.values()].map(({ family, state }) => [family, state])).toEqual([
      ["inet", "close"],
      ["inet", "unconnected"],
      ["unix", "listen"],
      ["packet", "unconnected"],
      ["inet", "syn-recv"],
      ["inet", "unconnected"],
    ]);
  });

  it("tells which of them the kernel's tables list", () => {
    const { byInode } = listOf(
      { pid: 1, inode: 1, state: 7, ends: { srcPort: 9 } },
      { pid: 1, inode: 2, state: 7, ends: { protocol: 17, type: 2 } },
      { pid: 1, inode: 3, state: 7, ends: { protocol: 17, type: 2, srcPort: 9 } },
      { pid: 1, inode: 4, state: 7, ends: { protocol: 0, type: 3 } },
      { pid: 1, inode: 5, state: 7, ends: { family: 1 } },
    );
    expect([...byInode.values()].map(isInTables)).toEqual([false, false, true, true, true]);
  });

  it("leaves out what core has no word for", () => {
    const others = [{ family: 16 }, { family: 40 }, { protocol: 99 }].map((ends) => ({
      pid: 1,
      inode: 5,
      state: 1,
      ends,
    }));
    expect(listOf(...others, { pid: 1, inode: 6, state: 99 }, { pid: 1, inode: 0, state: 1 }).byInode.size).toBe(0);
  });

  it("ends where the bytes end, or are broken", () => {
    const whole = joinBytes([
      holderRecordBytes({ pid: 1, inode: 1, state: 1 }),
      holderRecordBytes({ pid: 2, inode: 2, state: 1 }),
    ]);
    for (let length = 0; length < whole.length; length++) {
      expect(readSocketList(whole.subarray(0, length)).byInode.size).toBe(length < 136 ? 0 : 1);
    }
    for (const size of [0, 8, 47, 137, 0xffff_ffff]) {
      const broken = Uint8Array.from(whole);
      new DataView(broken.buffer).setUint32(0, size, true);
      expect(readSocketList(broken).byInode.has(2)).toBe(false);
    }
  });

  it("survives any bytes", () => {
    for (let round = 0; round < 300; round++) {
      const bytes = new Uint8Array(1500);
      for (let at = 0; at < bytes.length; at++) bytes[at] = Math.random() * 256;
      const view = new DataView(bytes.buffer);
      for (let at = 0; at + 136 <= bytes.length; at += 136) view.setUint32(at, 136, true);
      readSocketList(bytes);
    }
  });
});
