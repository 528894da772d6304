import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { datagram } from "./proc-event.test-kit.ts";
import { decodeProcEvent } from "./proc-event.ts";

/** Linux 6.18, x86-64. A process names itself, changes its ids, and is killed; another one ends with code 3. */
const GOLDEN = [
  [
    "4c00000003000000fe590d00000000000100000001000000fe590d0000000000280000000100000001000000a6f7a25ce3010000e9270000e927000013280000132800000000000000000000",
    { type: "fork", time: 2076023388070n, pid: 10259, parent: 10217, byLeader: true },
  ],
  [
    "4c00000003000000d77f0d00000000000100000001000000d77f0d00000000002800000002000000000000000991a55ce3010000132800001328000000000000000000000000000000000000",
    { type: "exec", time: 2076023558409n, pid: 10259 },
  ],
  [
    "4c00000003000000d87f0d00000000000100000001000000d87f0d0000000000280000000000008000000000166bb05ce301000013280000132800000003000011000000e9270000e9270000",
    { type: "exit", time: 2076024269590n, pid: 10259, status: 0x300 },
  ],
  [
    "4c00000003000000005a0d00000000000100000001000000005a0d0000000000280000000002000001000000a4494e5ee3010000142800001428000072656e616d6564000000000000000000",
    { type: "comm", time: 2076051392932n, pid: 10260, comm: "renamed" },
  ],
  [
    "4c00000003000000015a0d00000000000100000001000000015a0d000000000028000000400000000100000083854e5ee30100001428000014280000e9030000e90300000000000000000000",
    { type: "gid", time: 2076051408259n, pid: 10260, effective: 1001 },
  ],
  [
    "4c00000003000000025a0d00000000000100000001000000025a0d0000000000280000000400000001000000c29e4e5ee30100001428000014280000e8030000e80300000000000000000000",
    { type: "uid", time: 2076051414722n, pid: 10260, effective: 1000 },
  ],
  [
    "4c00000003000000035a0d00000000000100000001000000035a0d00000000002800000000000080010000002ad15e5ee301000014280000142800000900000011000000e9270000e9270000",
    { type: "exit", time: 2076052476202n, pid: 10260, status: 9 },
  ],
  [
    "4c00000003000000fd590d00000000000100000001000000fd590d002a0000002800000000000000010000000c51a15ce3010000000000000000000000000000000000000000000000000000",
    { type: "ack", time: 2076023279884n, ack: 42, error: 0 },
  ],
] as const;

describe("decodeProcEvent", () => {
  it.each(GOLDEN)("reads what a kernel sent: %#", (hex, event) => {
    expect(decodeProcEvent(Buffer.from(hex, "hex"))).toEqual(event);
  });

  it.each([
    [datagram("fork", [10, 10, 11, 11]), { type: "fork", time: 1000n, pid: 11, parent: 10, byLeader: true }],
    [datagram("fork", [12, 10, 11, 11]), { type: "fork", time: 1000n, pid: 11, parent: 10, byLeader: false }],
    [datagram("exec", [11, 11]), { type: "exec", time: 1000n, pid: 11 }],
    [datagram("exit", [11, 11, 0x300, 17]), { type: "exit", time: 1000n, pid: 11, status: 0x300 }],
    [datagram("exit", [12, 11, 0x300, 17]), { type: "thread-exit", time: 1000n, pid: 11, status: 0x300 }],
    [datagram("uid", [11, 11, 1, 2]), { type: "uid", time: 1000n, pid: 11, effective: 2 }],
    [datagram("gid", [11, 11, 1, 2]), { type: "gid", time: 1000n, pid: 11, effective: 2 }],
    [datagram("none", [1], 1000n, 8), { type: "ack", time: 1000n, ack: 8, error: 1 }],
  ])("reads each kind: %#", (bytes, event) => {
    expect(decodeProcEvent(bytes)).toEqual(event);
  });

  it("leaves out threads, and what is no event", () => {
    expect(decodeProcEvent(datagram("fork", [10, 10, 12, 11]))).toBeUndefined();
    for (const kind of ["exec", "exit", "uid", "gid", "comm"] as const) {
      expect(decodeProcEvent(datagram(kind, [12, 11]))).toBeUndefined();
      expect(decodeProcEvent(datagram(kind, [0, 0]))).toBeUndefined();
      expect(decodeProcEvent(datagram(kind, [11, 11]).subarray(0, 75))).toBeUndefined();
    }
    const other = datagram("exec", [11, 11]);
    other.writeUInt32LE(9, 16);
    expect(decodeProcEvent(other)).toBeUndefined();
  });

  it("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, isAddressed) => {
        const buffer = Buffer.from(bytes);
        if (isAddressed && buffer.length >= 24) buffer.set([1, 0, 0, 0, 1, 0, 0, 0], 16);
        const event = decodeProcEvent(buffer);
        if (event !== undefined && event.type !== "ack") expect(event.pid).toBeGreaterThan(0);
      }),
    );
  });
});
