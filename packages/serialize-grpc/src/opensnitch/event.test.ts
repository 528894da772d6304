import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { ConnectEvent } from "@procmon/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventSchema } from "../generated/opensnitch/ui_pb.js";
import { decodeOpenSnitchEvent } from "./decode-event.ts";
import { encodeOpenSnitchEvent } from "./encode-event.ts";
import { localTime } from "./local-time.ts";
import { anyConnection, anyOwnership, anyProcess, writtenAgain } from "./samples.test-kit.ts";

const SECOND = 1_000_000_000n;

const EVENT: ConnectEvent = {
  type: "connect",
  time: 1_764_427_000n * SECOND + 123_456_789n,
  method: "ebpf",
  connection: { protocol: "udp6", srcIp: "::1", srcPort: 1, dstIp: "2001:db8::1", dstPort: 53 },
  ownership: { kind: "none", reason: "not-found" },
};

describe("OpenSnitch's Event", () => {
  let zone: string | undefined;
  beforeEach(() => {
    zone = process.env.TZ;
  });
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  it("has the time in words and in nanoseconds, the connection, and no rule", () => {
    process.env.TZ = "America/New_York";
    const bytes = encodeOpenSnitchEvent(EVENT, { host: "ns.example.org" });
    const message = fromBinary(EventSchema, bytes);
    expect(message.time).toBe("2025-11-29 09:36:40");
    expect(message.unixnano).toBe(1_764_427_000_123_456_789n);
    expect(message.connection).toMatchObject({ protocol: "udp6", dstIp: "2001:db8::1", dstHost: "ns.example.org" });
    expect(message.rule).toBeUndefined();
    const found = decodeOpenSnitchEvent(bytes);
    expect(found).toMatchObject({ time: message.time, unixnano: message.unixnano });
    expect(found.connection).toMatchObject({ protocol: "udp6", dstPort: 53, dstHost: "ns.example.org" });
    expect("rule" in found).toBe(false);
  });

  it("is byte for byte what @bufbuild/protobuf writes", () => {
    const time = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(anyConnection, anyOwnership, anyProcess, time, (connection, ownership, process, time) => {
        const bytes = encodeOpenSnitchEvent({ ...EVENT, time, connection, ownership, process }, { env: true });
        expect(bytes.equals(writtenAgain(EventSchema, bytes))).toBe(true);
        expect(decodeOpenSnitchEvent(bytes).unixnano).toBe(time);
      }),
    );
  });

  it("is read with a rule too", () => {
    const bytes = toBinary(EventSchema, create(EventSchema, { rule: { name: "deny", created: -1n }, unixnano: -5n }));
    expect(decodeOpenSnitchEvent(bytes)).toMatchObject({
      time: "",
      unixnano: -5n,
      rule: { name: "deny", created: -1n },
    });
    expect("connection" in decodeOpenSnitchEvent(bytes)).toBe(false);
  });

  it("puts the parts of a message that comes in two together", () => {
    const part = (init: Parameters<typeof create<typeof EventSchema>>[1]) =>
      toBinary(EventSchema, create(EventSchema, init));
    const bytes = Buffer.concat([
      part({ connection: { srcPort: 7, processArgs: ["a"] }, rule: { name: "first" } }),
      part({ connection: { dstPort: 8, processArgs: ["b"] }, rule: { action: "allow" } }),
    ]);
    const found = decodeOpenSnitchEvent(bytes);
    expect(found.connection).toMatchObject({ srcPort: 7, dstPort: 8, processArgs: ["a", "b"] });
    expect(found.rule).toMatchObject({ name: "first", action: "allow" });
  });
});

describe("localTime", () => {
  it("is that of the second", () => {
    const now = new Date(2031, 0, 2, 3, 4, 5);
    const nanoseconds = BigInt(now.getTime()) * 1_000_000n;
    expect(localTime(nanoseconds)).toBe("2031-01-02 03:04:05");
    expect(localTime(nanoseconds + SECOND - 1n)).toBe("2031-01-02 03:04:05");
    expect(localTime(nanoseconds + SECOND)).toBe("2031-01-02 03:04:06");
  });

  it("is empty where there is no such date", () => {
    expect(localTime(2n ** 100n)).toBe("");
    expect(localTime(-(2n ** 100n))).toBe("");
    expect(localTime(400_000_000_000n * SECOND)).toBe("");
  });
});
