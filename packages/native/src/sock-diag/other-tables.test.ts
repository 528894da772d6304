import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeNetlinkDiag, encodeNetlinkDump } from "./netlink-diag.ts";
import { decodePacketMessage, encodePacketDump } from "./packet-diag.ts";
import { decodeUnixMessage, encodeUnixDump } from "./unix-diag.ts";

// What Linux 6.18 answers on x86-64.
const CLIENT =
  "01010100dfd50600653600000000000008000200000000000c000400000000000000000005000600000000000800070000000000";
const LISTENER =
  "01010a00dcd506006636000000000000130000002f746d702f73642f782e736f636b00000c000400010000000500000005000600000000000800070000000000";
const ABSTRACT =
  "01020700ddd5060068360000000000000e0000000061627300747261637400000c000400000000000000000005000600000000000800070000000000";
const PACKET =
  "11030608e1d5060069360000000000001c000000010000000000000000000000000000000000000001000000080005000000000028000600000000000040030000000000004003000000000000000000000000000000000000000000";
const NETLINK = "10030007797000000000000000000000edd506006a360000000000000c0001001100004000000000";

const bytesOf = (hex: string): Buffer => Buffer.from(hex, "hex");
const anything = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  // A message that begins well.
  fc.tuple(fc.constantFrom(CLIENT, PACKET, NETLINK), fc.uint8Array({ maxLength: 100 })).map(([head, tail]) => {
    return Buffer.concat([bytesOf(head).subarray(0, 28), tail]);
  }),
);

describe("unix sockets", () => {
  it("have the state, the queues and the peer", () => {
    const common = { type: "stream", uid: 0 };
    const client = { ...common, state: "established", inode: 447_967, peerInode: 0, receiveQueue: 0, sendQueue: 0 };
    expect(decodeUnixMessage(bytesOf(CLIENT))).toEqual({ ...client, cookie: 13_925n });
    expect(decodeUnixMessage(bytesOf(LISTENER))).toMatchObject({
      ...common,
      state: "listen",
      receiveQueue: 1,
      sendQueue: 5,
    });
  });

  it("have the name that /proc/net/unix writes", () => {
    expect(decodeUnixMessage(bytesOf(LISTENER))?.name?.toString()).toBe("/tmp/sd/x.sock");
    const abstract = decodeUnixMessage(bytesOf(ABSTRACT));
    expect(abstract).toMatchObject({ type: "dgram", state: "unconnected" });
    expect(abstract?.name?.toString()).toBe("@abs@tract");
    expect(decodeUnixMessage(bytesOf(CLIENT))).not.toHaveProperty("name");
  });

  it("tell of those who wait to be accepted", () => {
    const waiting = Buffer.concat([bytesOf(LISTENER), bytesOf("0c0003000100000002000000")]);
    expect(decodeUnixMessage(waiting)?.waitingPeers).toEqual([1, 2]);
  });
});

describe("packet sockets", () => {
  it("have the protocol, the interface and the uid", () => {
    const row = { type: "raw", etherType: 0x0806, interfaceIndex: 1, receiveQueue: 0, uid: 0, inode: 447_969 };
    expect(decodePacketMessage(bytesOf(PACKET))).toEqual({ ...row, cookie: 13_929n });
  });

  it("are nothing without what was asked for", () => {
    expect(decodePacketMessage(bytesOf(PACKET).subarray(0, 44))).toBeUndefined();
  });
});

describe("netlink sockets", () => {
  it("have the address and the groups", () => {
    const row = { protocol: 0, portId: 28_793, groups: [1, 5, 31], inode: 447_981 };
    expect(decodeNetlinkDiag(bytesOf(NETLINK))).toEqual({ ...row, cookie: 13_930n });
  });
});

describe("any bytes", () => {
  it.each([
    ["unix", decodeUnixMessage],
    ["packet", decodePacketMessage],
    ["netlink", decodeNetlinkDiag],
  ])("are taken for %s sockets or for nothing", (_, decode) => {
    fc.assert(fc.property(anything, (bytes) => void decode(Buffer.from(bytes))));
  });
});

describe("requests", () => {
  it("are as long as the kernel wants them", () => {
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
    expect(hex(encodeUnixDump())).toBe("01000000ffffffff000000005d0000000000000000000000");
    expect(hex(encodePacketDump())).toBe("1100000000000000110000000000000000000000");
    expect(hex(encodeNetlinkDump())).toBe("10ff000000000000020000000000000000000000");
  });
});
