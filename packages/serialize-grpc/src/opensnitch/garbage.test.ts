import { ProcmonError } from "@procmon/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSnitchAlert } from "./alert.ts";
import { decodeOpenSnitchConnection } from "./decode-connection.ts";
import { decodeOpenSnitchEvent } from "./decode-event.ts";
import { decodeOpenSnitchProcess } from "./decode-process.ts";
import { encodeOpenSnitchConnection } from "./encode-connection.ts";
import { type ConnectionEvent, encodeOpenSnitchEvent } from "./encode-event.ts";
import { encodeOpenSnitchProcess } from "./encode-process.ts";
import {
  decodeOpenSnitchAlert,
  decodeOpenSnitchClientConfig,
  decodeOpenSnitchMsgResponse,
  decodeOpenSnitchNotification,
  decodeOpenSnitchNotificationReply,
  decodeOpenSnitchPingReply,
  decodeOpenSnitchPingRequest,
  decodeOpenSnitchStatistics,
} from "./messages.ts";
import { SHELL } from "./samples.test-kit.ts";
import { decodeOpenSnitchStringInt, encodeOpenSnitchStringInt } from "./string-int.ts";

const EVENT: ConnectionEvent = {
  type: "connect",
  time: 1_764_427_000_123_456_789n,
  method: "ebpf",
  connection: { protocol: "tcp", srcIp: "10.0.0.2", srcPort: 40000, dstIp: "10.0.0.1", dstPort: 443 },
  ownership: { kind: "none", reason: "not-found" },
  process: SHELL,
};

interface Decoder {
  readonly name: string;
  readonly bytes: Buffer;
  decode(bytes: Uint8Array): unknown;
}

const WITH_ENV = { env: true };
const HOT: readonly Decoder[] = [
  { name: "Process", bytes: encodeOpenSnitchProcess(SHELL, WITH_ENV), decode: decodeOpenSnitchProcess },
  { name: "Connection", bytes: encodeOpenSnitchConnection(EVENT, WITH_ENV), decode: decodeOpenSnitchConnection },
  { name: "Event", bytes: encodeOpenSnitchEvent(EVENT, WITH_ENV), decode: decodeOpenSnitchEvent },
  { name: "StringInt", bytes: encodeOpenSnitchStringInt({ pid: 300, path: "/a" }), decode: decodeOpenSnitchStringInt },
];
const ALERT: Decoder = { name: "Alert", bytes: openSnitchAlert(EVENT, WITH_ENV), decode: decodeOpenSnitchAlert };
const ALL: readonly ((bytes: Uint8Array) => unknown)[] = [
  ...HOT.map(({ decode }) => decode),
  decodeOpenSnitchAlert,
  decodeOpenSnitchClientConfig,
  decodeOpenSnitchMsgResponse,
  decodeOpenSnitchNotification,
  decodeOpenSnitchNotificationReply,
  decodeOpenSnitchPingReply,
  decodeOpenSnitchPingRequest,
  decodeOpenSnitchStatistics,
];

/** What decoding throws; undefined where it throws nothing. */
function fault(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    decode(bytes);
    return undefined;
  } catch (error) {
    return error;
  }
}

function isTyped(error: unknown): boolean {
  return error === undefined || (ProcmonError.isInstance(error) && error.code === "INVALID_MESSAGE");
}

describe("decoding of garbage", () => {
  it("gives a message or INVALID_MESSAGE for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of ALL) expect(fault(decode, bytes)).toSatisfy(isTyped);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([...HOT, ALERT])("gives a message or INVALID_MESSAGE for a spoiled $name", ({ bytes, decode }) => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const spoiled = Buffer.from(bytes);
        for (const [at, value] of changes) spoiled[at] = value;
        expect(fault(decode, spoiled)).toSatisfy(isTyped);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([...HOT, ALERT])("refuses $name cut anywhere inside of a field", ({ bytes, decode }) => {
    let refused = 0;
    for (let length = 0; length < bytes.length; length++) {
      const error = fault(decode, bytes.subarray(0, length));
      expect(error).toSatisfy(isTyped);
      if (error !== undefined) refused++;
    }
    // Between two fields it is a message still.
    expect(refused).toBeGreaterThan(bytes.length / 2);
  });

  it.each(HOT)("passes over fields that $name has not", ({ bytes, decode }) => {
    const unknown = Buffer.from([
      0xf8, 0x3f, 1, 0xfa, 0x3f, 2, 9, 9, 0xfd, 0x3f, 1, 2, 3, 4, 0xf9, 0x3f, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    expect(decode(Buffer.concat([unknown, bytes, unknown]))).toEqual(decode(bytes));
  });

  it("refuses what is no bytes at all", () => {
    for (const wrong of [undefined, null, "text", 5, [1, 2], {}, new ArrayBuffer(4)]) {
      for (const decode of [...HOT.map((each) => each.decode), decodeOpenSnitchAlert]) {
        expect(fault(decode, wrong as never)).toMatchObject({ code: "INVALID_MESSAGE" });
      }
    }
  });

  it("allocates nothing by a length that is a lie", () => {
    const lie = Uint8Array.of(0x22, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    for (const decode of [decodeOpenSnitchProcess, decodeOpenSnitchConnection]) {
      expect(fault(decode, lie)).toMatchObject({ code: "INVALID_MESSAGE" });
    }
  });

  it("refuses operators in operators without end", () => {
    let operator = Buffer.alloc(0);
    for (let depth = 0; depth < 5000; depth++) {
      const length = Buffer.from([
        (operator.length & 127) | 128,
        ((operator.length >> 7) & 127) | 128,
        operator.length >> 14,
      ]);
      operator = Buffer.concat([Buffer.of(0x2a), length, operator]);
    }
    const size = (bytes: Buffer) =>
      Buffer.from([(bytes.length & 127) | 128, ((bytes.length >> 7) & 127) | 128, bytes.length >> 14]);
    const rule = Buffer.concat([Buffer.of(0x4a), size(operator), operator]);
    const event = Buffer.concat([Buffer.of(0x1a), size(rule), rule]);
    expect(fault(decodeOpenSnitchEvent, event)).toMatchObject({ code: "INVALID_MESSAGE" });
  });

  it("reads bytes that are not UTF-8 as U+FFFD", () => {
    expect(decodeOpenSnitchStringInt(Uint8Array.of(0x0a, 2, 0x61, 0xff)).key).toBe("a\ufffd");
  });
});
