import { describe, expect, it } from "vitest";
import { type EndsBytes, socketRecordBytes } from "./record-bytes.test-kit.ts";
import { decodeSocketRecord } from "./socket-record.ts";

describe("decodeSocketRecord", () => {
  it("reads every field", () => {
    const view = socketRecordBytes({
      kind: 7,
      flags: 0x18,
      time: 2n ** 63n + 1n,
      start: 2n ** 40n + 2n,
      pid: 3,
      tid: 4,
      ppid: 5,
      uid: 6,
      gid: 7,
      ends: { netns: 0xffffffff, srcIp: "10.1.2.3", srcPort: 40000, dstIp: "8.8.8.8", dstPort: 443 },
      cookie: 2n ** 33n + 9n,
      begin: 10n,
      sent: 2n ** 53n + 1n,
      received: 12n,
      error: 111,
      inode: 0xfffffff0,
    });
    expect(decodeSocketRecord(view, 0, 136)).toEqual({
      kind: 7,
      flags: 0x18,
      time: 2n ** 63n + 1n,
      start: 2n ** 40n + 2n,
      pid: 3,
      tid: 4,
      ppid: 5,
      uid: 6,
      gid: 7,
      connection: {
        protocol: "tcp",
        srcIp: "10.1.2.3",
        srcPort: 40000,
        dstIp: "8.8.8.8",
        dstPort: 443,
        netns: 0xffffffff,
      },
      family: 2,
      cookie: 2 ** 33 + 9,
      begin: 10n,
      sent: 2n ** 53n + 1n,
      received: 12n,
      error: 111,
      inode: 0xfffffff0,
    });
  });

  it.each<[string, EndsBytes, object]>([
    ["IPv4 without addresses", {}, { protocol: "tcp", srcIp: "0.0.0.0", dstIp: "0.0.0.0" }],
    [
      "IPv6",
      { family: 10, srcIp: "::1", dstIp: "2001:db8::2" },
      { protocol: "tcp6", srcIp: "::1", dstIp: "2001:db8::2" },
    ],
    ["IPv6 without addresses", { family: 10, srcIp: "::", dstIp: "::" }, { srcIp: "::", dstIp: "::" }],
    [
      "mapped",
      { family: 10, srcIp: "127.0.0.1", dstIp: "127.0.0.2" },
      { protocol: "tcp6", srcIp: "::ffff:127.0.0.1", dstIp: "::ffff:127.0.0.2" },
    ],
    ["UDP", { protocol: 17, type: 2 }, { protocol: "udp" }],
    ["UDP of IPv6", { protocol: 17, type: 2, family: 10 }, { protocol: "udp6" }],
    ["UDP-Lite", { protocol: 136, type: 2 }, { protocol: "udplite" }],
    ["ping", { protocol: 1, type: 2, srcPort: 77 }, { protocol: "icmp", srcPort: 77 }],
    ["ping of IPv6", { protocol: 58, type: 2, family: 10 }, { protocol: "icmp6" }],
    ["raw", { protocol: 1, type: 3, srcPort: 1 }, { protocol: "raw", srcPort: 1 }],
    ["raw of IPv6", { protocol: 58, type: 3, family: 10 }, { protocol: "raw6" }],
    ["SCTP", { protocol: 132, family: 10 }, { protocol: "sctp" }],
    ["MPTCP", { protocol: 262 }, { protocol: "tcp" }],
    ["packet", { protocol: 0x800, family: 17, type: 3 }, { protocol: "packet", srcIp: "0.0.0.0" }],
    [
      "packet to IPv6",
      { protocol: 0x86dd, family: 17, type: 2, srcIp: "::", dstIp: "fe80::1" },
      { protocol: "packet", srcIp: "::", dstIp: "fe80::1" },
    ],
  ])("names the protocol and the ends: %s", (_, ends, expected) => {
    expect(decodeSocketRecord(socketRecordBytes({ ends }), 0, 136)?.connection).toMatchObject(expected);
  });

  it("gives nothing for a family or a protocol that it does not know", () => {
    expect(decodeSocketRecord(socketRecordBytes({ ends: { family: 1 } }), 0, 136)).toBeUndefined();
    expect(decodeSocketRecord(socketRecordBytes({ ends: { protocol: 99 } }), 0, 136)).toBeUndefined();
    expect(decodeSocketRecord(socketRecordBytes({ ends: { family: 0xffff } }), 0, 136)).toBeUndefined();
  });

  it("gives nothing for what is cut short, and reads no further than it may", () => {
    const view = socketRecordBytes({ pid: 1 });
    for (let length = 0; length < 136; length++) {
      expect(decodeSocketRecord(view, 0, length)).toBeUndefined();
      expect(decodeSocketRecord(new DataView(view.buffer, 0, length), 0, 136)).toBeUndefined();
    }
    expect(decodeSocketRecord(view, 1, 136)).toBeUndefined();
    expect(decodeSocketRecord(view, -8, 136)).toBeUndefined();
    expect(decodeSocketRecord(view, 2 ** 40, 136)).toBeUndefined();
  });

  it("survives any bytes", () => {
    const bytes = new Uint8Array(136);
    for (let round = 0; round < 2000; round++) {
      for (let at = 0; at < bytes.length; at++) bytes[at] = Math.random() * 256;
      if (round % 2) new DataView(bytes.buffer).setUint32(52, 0x0a000600);
      const record = decodeSocketRecord(new DataView(bytes.buffer), 0, 136);
      if (record) expect(typeof record.connection.srcIp).toBe("string");
    }
  });
});
