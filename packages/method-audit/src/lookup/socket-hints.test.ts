import type { CheckedConnection } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { createSocketHints } from "./socket-hints.ts";

const A = { pid: 5_000_001, startTime: 10n, fd: 3 };
const B = { pid: 5_000_002, startTime: 20n, fd: 4 };
const TUPLE: CheckedConnection = {
  protocol: "tcp",
  srcIp: "10.0.0.1",
  srcPort: 40_000,
  dstIp: "10.0.0.2",
  dstPort: 443,
  netns: 1,
};

describe("hints", () => {
  it("name who uses a socket, until another is told of that uses it too", () => {
    const hints = createSocketHints();
    hints.noteHolder(7, A, 100n);
    hints.noteHolder(7, { ...A, fd: 9 }, 200n);
    expect(hints.ofSocket(7)).toMatchObject({ holders: [A], since: 100n });
    hints.noteHolder(7, B, 300n);
    expect(hints.ofSocket(7)).toMatchObject({ holders: [] });
    hints.setHolders(7, { holders: [A, B], since: 400n, lastPid: 50 });
    hints.noteHolder(7, B, 500n);
    expect(hints.ofSocket(7)).toMatchObject({ holders: [A, B], since: 400n, lastPid: 50 });
    // The same pid, but another process.
    hints.noteHolder(7, { ...A, startTime: 11n }, 600n);
    expect(hints.ofSocket(7)?.holders).toEqual([]);
  });

  it("from before a loss are not given any more, but for who had a connection last", () => {
    const hints = createSocketHints();
    hints.noteHolder(7, A, 100n);
    hints.notePeer(TUPLE, { ...A, since: 100n });
    hints.noteConnection(TUPLE, { owner: A, inode: 7 });
    hints.distrust(100n);
    hints.distrust(50n);
    expect([hints.ofSocket(7), hints.ofPeer(TUPLE)]).toEqual([undefined, []]);
    expect(hints.ofConnection(TUPLE)).toEqual({ owner: A, inode: 7 });
    hints.noteHolder(7, B, 101n);
    hints.notePeer(TUPLE, { ...B, since: 101n });
    expect(hints.ofSocket(7)?.holders).toEqual([B]);
    expect(hints.ofPeer(TUPLE)).toMatchObject([B]);
  });

  it("keep a connection by both ends and its namespace, in whichever family it is written", () => {
    const hints = createSocketHints();
    hints.noteConnection(TUPLE, { owner: A });
    const mapped = { ...TUPLE, protocol: "tcp6", srcIp: "::ffff:10.0.0.1", dstIp: "::ffff:10.0.0.2" } as const;
    expect(hints.ofConnection(mapped)?.owner).toEqual(A);
    expect(hints.ofConnection({ ...TUPLE, netns: 2 })).toBeUndefined();
    expect(hints.ofConnection({ ...TUPLE, srcPort: 40_001 })).toBeUndefined();
  });

  it("keep the last processes of a peer, each descriptor once, the latest first", () => {
    const hints = createSocketHints();
    hints.notePeer({ ...TUPLE, srcIp: "0.0.0.0", srcPort: 0 }, { ...A, since: 1n });
    hints.notePeer({ ...TUPLE, protocol: "tcp6", srcIp: "::", dstIp: "::ffff:10.0.0.2" }, { ...B, since: 2n });
    hints.notePeer(TUPLE, { ...A, since: 3n });
    expect(hints.ofPeer(TUPLE).map(({ pid, since }) => [pid, since])).toEqual([
      [A.pid, 3n],
      [B.pid, 2n],
    ]);
    expect(hints.ofPeer({ ...TUPLE, dstPort: 80 })).toEqual([]);
    for (let fd = 10; fd < 40; fd++) hints.notePeer(TUPLE, { ...A, fd, since: 4n });
    expect(hints.ofPeer(TUPLE)).toHaveLength(16);
    expect(hints.ofPeer(TUPLE)[0]?.fd).toBe(39);
  });

  it("are bounded", () => {
    const hints = createSocketHints({ capacity: 10 });
    for (let index = 1; index <= 100; index++) {
      hints.noteHolder(index, A, 1n);
      hints.noteConnection({ ...TUPLE, srcPort: index }, { owner: A });
      hints.notePeer({ ...TUPLE, dstPort: index }, { ...A, since: 1n });
    }
    expect(hints.stats()).toEqual({ hintSockets: 10, hintConnections: 10, hintPeers: 10, hintEvictions: 270 });
    hints.clear();
    expect(hints.stats()).toMatchObject({ hintSockets: 0, hintConnections: 0, hintPeers: 0 });
  });
});
