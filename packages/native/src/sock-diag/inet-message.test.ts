import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAddressTexts } from "./address-text.ts";
import { decodeInetMessage, decodeInfoAttribute, type InetDiagRow, withListenerUids } from "./inet-message.ts";
import { encodeInetDump, encodeInetQuery } from "./inet-request.ts";
import { decodeTcpInfo } from "./tcp-info.ts";

// What Linux 6.18 answers on x86-64.
const CLIENT =
  "02010000d0de20fb7f0000010000000000000000000000007f0000010000000000000000000000000000000061360000000000000000000000000000000000000000000079cf0600" +
  "050008000000000008000f00000000000c001500010000000000000006001600520000001c010200" +
  "010000000007aa01e01c0300000000000080000018020000000000000000000000000000000000000000000034000000000000003400000034000000ffff0000d7ff0000190000000e000000ffffff7f0b000000cbff00000300000000000000d7ff0000000000005010d6c707000000ffffffffffffffff06000000000000000000000000000000030000000200000000000000060000000000000001000000555585450100000000000000000000000000000000000000000000000000000002000000000000000500000000000000000000000000000000000000000000000000000000000100000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
const ACCEPTED =
  "0a01000020fbd0de00000000000000000000ffff7f00000100000000000000000000ffff7f000001000000006236000000000000000000000500000000000000000000007acf0600";
const LISTENER =
  "0a0a000020fb000000000000000000000000000000000000000000000000000000000000000000000000000063360000000000000000000000000000400000000000000073cf0600";
const UDP =
  "0207000014e900007f0000010000000000000000000000000000000000000000000000000000000000000000643600000000000000000000000000000000000000000000dad50600";

const bytesOf = (hex: string): Buffer => Buffer.from(hex, "hex");
const decode = (hex: string, kind: "tcp" | "udp") => decodeInetMessage(bytesOf(hex), kind, createAddressTexts());

describe("decodeInetMessage", () => {
  it("reads a connection, with its cookie", () => {
    expect(decode(CLIENT, "tcp")).toEqual({
      protocol: "tcp",
      srcIp: "127.0.0.1",
      srcPort: 53_470,
      dstIp: "127.0.0.1",
      dstPort: 8443,
      state: "established",
      inode: 446_329,
      uid: 0,
      receiveQueue: 0,
      sendQueue: 0,
      cookie: 13_921n,
    });
  });

  it("names a connection over IPv4 of an IPv6 socket as its table does", () => {
    expect(decode(ACCEPTED, "tcp")).toMatchObject({ protocol: "tcp6", srcIp: "::ffff:127.0.0.1", receiveQueue: 5 });
  });

  it("gives a listener no send queue, which here is its longest queue", () => {
    expect(decode(LISTENER, "tcp")).toMatchObject({ protocol: "tcp6", srcIp: "::", state: "listen", sendQueue: 0 });
  });

  it("calls a datagram socket without a peer unconnected", () => {
    expect(decode(UDP, "udp")).toMatchObject({ protocol: "udp", srcPort: 5353, state: "unconnected" });
  });

  it("takes any bytes, and nothing that is too short or of another family", () => {
    const texts = createAddressTexts();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const message = Buffer.from(bytes);
        const row = decodeInetMessage(message, "tcp", texts);
        decodeInfoAttribute(message);
        decodeTcpInfo(message);
        expect(row === undefined || message.length >= 72).toBe(true);
      }),
    );
    expect(decode(CLIENT.slice(0, 142), "tcp")).toBeUndefined();
    expect(decode(`01${CLIENT.slice(2)}`, "tcp")).toBeUndefined();
    expect(decode(`02ff${CLIENT.slice(4)}`, "tcp")).toBeUndefined();
  });
});

describe("the figures of a connection", () => {
  it("are read from the attribute", () => {
    expect(decodeInfoAttribute(bytesOf(CLIENT))).toMatchObject({
      rtt: 25,
      rttVariation: 14,
      congestionWindow: 11,
      sendMss: 32_768,
      bytesAcked: 6n,
      bytesReceived: 0n,
      bytesSent: 5n,
      totalRetransmits: 0,
    });
    expect(decodeInfoAttribute(bytesOf(UDP))).toBeUndefined();
  });

  it("are as many as the kernel has", () => {
    const whole = Buffer.alloc(400, 1);
    expect(decodeTcpInfo(whole)?.bytesRetransmitted).toBe(0x0101010101010101n);
    expect(decodeTcpInfo(whole.subarray(0, 160))).toMatchObject({ minRtt: 0x01010101 });
    expect(decodeTcpInfo(whole.subarray(0, 160))).not.toHaveProperty("bytesSent");
    expect(decodeTcpInfo(whole.subarray(0, 104))).not.toHaveProperty("bytesAcked");
    expect(decodeTcpInfo(whole.subarray(0, 103))).toBeUndefined();
  });
});

describe("withListenerUids", () => {
  it("gives half-open connections the uid of their listener", () => {
    const listener = decode(LISTENER, "tcp") as InetDiagRow;
    const half: InetDiagRow = { ...listener, srcIp: "::1", state: "syn-recv", inode: 0, dstPort: 5 };
    const rows = withListenerUids([
      { ...listener, uid: 7 },
      half,
      { ...half, srcPort: 1 },
      { ...half, state: "time-wait" },
    ]);
    expect(rows.map((row) => row.uid)).toEqual([7, 7, 0, 0]);
  });
});

describe("requests", () => {
  const tuple = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 53_470, dstIp: "127.0.0.2", dstPort: 443 } as const;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

  it("ask for one socket, by IPv4 where both ends are mapped", () => {
    const expected =
      "0206000000000000" +
      "d0de01bb" +
      `7f000001${"0".repeat(24)}` +
      `7f000002${"0".repeat(24)}` +
      "00000000ffffffffffffffff";
    expect(hex(encodeInetQuery(tuple, false))).toBe(expected);
    const mapped = { ...tuple, srcIp: "::ffff:127.0.0.1", dstIp: "::ffff:127.0.0.2" };
    expect(hex(encodeInetQuery(mapped, false))).toBe(expected);
  });

  it("ask for a UDP socket the other way round", () => {
    const { srcIp, srcPort, dstIp, dstPort } = tuple;
    const turned = { protocol: "tcp", srcIp: dstIp, srcPort: dstPort, dstIp: srcIp, dstPort: srcPort } as const;
    const udp = Buffer.from(encodeInetQuery({ ...tuple, protocol: "udp" }, false));
    expect(hex(udp.subarray(2))).toBe(hex(encodeInetQuery(turned, false).subarray(2)));
    expect(udp.readUInt8(1)).toBe(17);
  });

  it("refuse ends of two families", () => {
    expect(() => encodeInetQuery({ ...tuple, dstIp: "::1" }, false)).toThrow(
      expect.objectContaining({ code: "EINVAL" }),
    );
  });

  it("ask for tables, with figures and a filter", () => {
    const dump = encodeInetDump({ protocol: "tcp6", states: 0x402, filter: Uint8Array.of(1, 2, 3, 4), tcpInfo: true });
    expect(hex(dump)).toBe(`0a060200${"02040000"}${"0".repeat(96)}0800010001020304`);
  });
});
