import { describe, expect, test } from "vitest";
import { readAuditDatagram } from "./record-datagram.ts";

/** `struct nlmsghdr`, and a text. The length leaves the header out, as some kernels have it. */
function datagram(type: number, content: string | Buffer): Buffer {
  const payload = Buffer.from(content);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt16LE(type, 4);
  return Buffer.concat([header, payload]);
}

describe("readAuditDatagram", () => {
  test.each([1300, 1005, 1006, 1107, 1320])("a record of type %d, whatever the length in its header", (type) => {
    const found = readAuditDatagram(datagram(type, "audit(1795577966.174:12): pid=1"));
    expect(found).toEqual({ kind: "record", record: { type, time: 1795577966174000000n, serial: 12, body: "pid=1" } });
  });

  test("somebody who wants to be the daemon", () => {
    const pid = Buffer.alloc(4);
    pid.writeUInt32LE(77);
    expect(readAuditDatagram(datagram(1329, pid))).toEqual({ kind: "replace", pid: 77 });
    expect(readAuditDatagram(datagram(1329, ""))).toEqual({ kind: "replace", pid: 0 });
  });

  test("an answer is no garbage, and garbage is no record", () => {
    expect(readAuditDatagram(datagram(2, Buffer.alloc(20)))).toEqual({ kind: "answer" });
    expect(readAuditDatagram(datagram(1000, Buffer.alloc(44)))).toEqual({ kind: "answer" });
    expect(readAuditDatagram(datagram(1300, "audit(x"))).toEqual({ kind: "garbage" });
    for (let length = 0; length < 16; length++) {
      expect(readAuditDatagram(Buffer.alloc(length, 0xff))).toEqual({ kind: "garbage" });
    }
  });
});
