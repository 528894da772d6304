import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInetTable } from "./parse-inet-table.ts";

const HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
// Of a little-endian machine.
const LISTENER =
  "   0: 0100007F:07E8 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 1061 1 000000008d2ab8e9 100 0 0 10 0                      \n";
const ESTABLISHED =
  "   1: 0F02000A:D6D8 22D8B85D:01BB 01 00000010:00000000 02:000003E8 00000000     0        0 4294967295 2 0 20 4 30 10 -1\n";
const MAPPED =
  "   2: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000200007F:D431 06 00000000:00000000 03:00001A2B 00000000     0        0 0 3 0\n";
const IPV6 =
  "   3: B80D0120000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 20123 2 0 0\n";

describe("parseInetTable", () => {
  it("reads listeners and connections", () => {
    const rows = parseInetTable(Buffer.from(HEADER + LISTENER + ESTABLISHED), "tcp", { endianness: "LE" });
    expect(rows).toEqual([
      {
        protocol: "tcp",
        srcIp: "127.0.0.1",
        srcPort: 2024,
        dstIp: "0.0.0.0",
        dstPort: 0,
        state: "listen",
        inode: 1061,
        uid: 1000,
        receiveQueue: 3,
        sendQueue: 0,
      },
      {
        protocol: "tcp",
        srcIp: "10.0.2.15",
        srcPort: 55_000,
        dstIp: "93.184.216.34",
        dstPort: 443,
        state: "established",
        inode: 4_294_967_295,
        uid: 0,
        receiveQueue: 0,
        sendQueue: 16,
      },
    ]);
  });

  it("reads IPv6 and IPv4-mapped addresses", () => {
    const [mapped] = parseInetTable(Buffer.from(HEADER + MAPPED), "tcp6", { endianness: "LE" });
    expect(mapped).toMatchObject({
      srcIp: "::ffff:127.0.0.1",
      dstIp: "::ffff:127.0.0.2",
      state: "time-wait",
      inode: 0,
    });
    const [udp] = parseInetTable(Buffer.from(HEADER + IPV6), "udp6", { endianness: "LE" });
    expect(udp).toMatchObject({ srcIp: "2001:db8::1", srcPort: 53, dstIp: "::", state: "unconnected", uid: 101 });
  });

  it("reads the words of a big-endian machine", () => {
    const line = LISTENER.replace("0100007F", "7F000001");
    expect(parseInetTable(Buffer.from(HEADER + line), "tcp", { endianness: "BE" })[0]?.srcIp).toBe("127.0.0.1");
  });

  it("gives only the ports asked for", () => {
    const bytes = Buffer.from(HEADER + LISTENER + ESTABLISHED);
    const rows = parseInetTable(bytes, "tcp", { srcPorts: new Set([55_000]), endianness: "LE" });
    expect(rows.map((row) => row.inode)).toEqual([4_294_967_295]);
  });

  it("skips a bad line and keeps the others", () => {
    const bad = [
      "garbage\n",
      "\n",
      "   7: 0100007G:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0\n",
      "   8: 0100007F:07E8 00000000:0000 FF 00000000:00000000 00:00000000 00000000     0        0 1 1 0\n",
      "   9: 0100007F:07E8 00000000:0000 0A 00000000:00000000 00:00000000\n",
    ];
    for (const line of bad) {
      const rows = parseInetTable(Buffer.from(HEADER + LISTENER + line + ESTABLISHED), "tcp", { endianness: "LE" });
      expect(rows.map((row) => row.inode)).toEqual([1061, 4_294_967_295]);
    }
  });

  it("never throws, and reads a line that was cut", () => {
    const whole = Buffer.from(HEADER + LISTENER + ESTABLISHED);
    for (let end = 0; end < whole.length; end++) parseInetTable(whole.subarray(0, end), "tcp");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        parseInetTable(Buffer.from(bytes), "tcp6");
      }),
    );
  });
});
