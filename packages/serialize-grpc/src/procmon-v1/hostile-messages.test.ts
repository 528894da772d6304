import { toBinary } from "@bufbuild/protobuf";
import { ProcmonError } from "@procmon/core";
import fc, { type Arbitrary } from "fast-check";
import { describe, expect, it } from "vitest";
import { ConnectionSchema, OwnershipSchema, SocketSchema } from "../generated/procmon/v1/connection_pb.js";
import { EventSchema } from "../generated/procmon/v1/event_pb.js";
import { ProcessSchema } from "../generated/procmon/v1/process_pb.js";
import { anyMessage } from "./any-message.test-kit.ts";
import { anyConnection, anyEvent, anyOwnership, anyProcess, anySocket } from "./arbitraries.test-kit.ts";
import { decodeConnection } from "./decode-connection.ts";
import { decodeEvent } from "./decode-event.ts";
import { decodeOwnership } from "./decode-ownership.ts";
import { decodeProcess } from "./decode-process.ts";
import { decodeSocket } from "./decode-socket.ts";
import { encodeConnection } from "./encode-connection.ts";
import { encodeEvent } from "./encode-event.ts";
import { encodeOwnership } from "./encode-ownership.ts";
import { encodeProcess } from "./encode-process.ts";
import { encodeSocket } from "./encode-socket.ts";

const WITH_ENV = { env: true };

/** What a decoder makes of the bytes; INVALID_MESSAGE is an answer, any other error fails. */
function decoded(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    if (!ProcmonError.isInstance(error)) throw error;
    expect(error.code).toBe("INVALID_MESSAGE");
    expect(error.remedy).toBeTruthy();
    return undefined;
  }
}

const CODECS = [
  {
    name: "process",
    schema: ProcessSchema,
    decode: decodeProcess,
    encode: (value: never) => encodeProcess(value, WITH_ENV),
    values: anyProcess as Arbitrary<unknown>,
  },
  {
    name: "connection",
    schema: ConnectionSchema,
    decode: decodeConnection,
    encode: encodeConnection,
    values: anyConnection,
  },
  {
    name: "ownership",
    schema: OwnershipSchema,
    decode: decodeOwnership,
    encode: encodeOwnership,
    values: anyOwnership,
  },
  { name: "socket", schema: SocketSchema, decode: decodeSocket, encode: encodeSocket, values: anySocket },
  {
    name: "event",
    schema: EventSchema,
    decode: decodeEvent,
    encode: (value: never) => encodeEvent(value, WITH_ENV),
    values: anyEvent,
  },
] as const;

describe.each(CODECS)("the decoder of $name", ({ schema, decode, encode, values }) => {
  it("takes any message of the schema, and what it gives can be encoded and is the same then", () => {
    let known = 0;
    fc.assert(
      fc.property(anyMessage(schema), (message) => {
        const value = decoded(decode, toBinary(schema, message as never));
        if (value === undefined) return;
        known++;
        expect(decode(encode(value as never))).toStrictEqual(value);
      }),
      { numRuns: 1500 },
    );
    expect(known).toBeGreaterThan(0);
  });

  it("throws nothing but INVALID_MESSAGE on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void decoded(decode, bytes)),
      { numRuns: 2000 },
    );
  });

  it("throws nothing but INVALID_MESSAGE on messages that are cut, or have other bytes in them", () => {
    fc.assert(
      fc.property(values as Arbitrary<never>, fc.nat(), fc.nat(), fc.nat(255), (value, cut, at, byte) => {
        const bytes = encode(value);
        if (bytes.length === 0) return;
        decoded(decode, bytes.subarray(0, cut % bytes.length));
        bytes[at % bytes.length] = byte;
        decoded(decode, bytes);
      }),
      { numRuns: 500 },
    );
  });

  it.each([undefined, null, 1, "text", {}, [1, 2]])("refuses %j", (value) => {
    expect(() => decode(value as never)).toThrow(expect.objectContaining({ code: "INVALID_MESSAGE" }));
  });
});

const BARE = { pid: 1, startTime: 1n, ppid: 1, comm: "a" };
const NO_NUMBERS = [
  Number.NaN,
  -1,
  1.5,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e300,
  2 ** 64,
  "7",
  null,
  {},
  7n,
];

describe("an encoder", () => {
  it.each(NO_NUMBERS)("leaves out the number %s, which no field can hold", (number) => {
    const odd = number as never;
    expect(
      decodeProcess(
        encodeProcess({
          ...{ ...BARE, uid: odd, argsTotal: odd, netns: odd, nsPid: odd },
          ...{ uids: { real: odd, effective: odd, saved: 3 }, executable: { device: odd, inode: 1n } },
        }),
      ),
    ).toStrictEqual({ ...BARE, uids: { real: 0, effective: 0, saved: 3 }, executable: { device: 0, inode: 1n } });
    expect(decodeProcess(encodeProcess({ ...BARE, pid: odd, ppid: odd }))).toStrictEqual({ ...BARE, pid: 0, ppid: 0 });
    const lost = { type: "lost", time: 1n, method: "m", source: "s", cause: "c" } as const;
    expect(decodeEvent(encodeEvent({ ...lost, count: odd }))).toStrictEqual({ ...lost, count: 0 });
  });

  it.each([-1n, 2n ** 64n, 2n ** 100n, 5, null, "5"])(
    "leaves out the big number %s, which no field can hold",
    (number) => {
      const odd = number as never;
      expect(
        decodeProcess(encodeProcess({ ...BARE, startTime: odd, tree: [{ pid: 1, startTime: odd }] })),
      ).toStrictEqual({ ...BARE, startTime: 0n, tree: [{ pid: 1 }] });
      const method = { type: "method", method: "m", change: "stop" } as const;
      expect(decodeEvent(encodeEvent({ ...method, time: odd }))).toStrictEqual({ ...method, time: 0n });
    },
  );

  it.each([2n ** 63n, -(2n ** 63n) - 1n])("leaves out the time %s", (mtime) => {
    const executable = { device: 1, inode: 1n };
    expect(decodeProcess(encodeProcess({ ...BARE, executable: { ...executable, mtime } }))).toStrictEqual({
      ...BARE,
      executable,
    });
  });

  it("makes a well-formed message whatever stands in the fields", () => {
    const junk = fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true, maxDepth: 2 });
    for (const { encode, decode, values } of CODECS) {
      fc.assert(
        fc.property(values as Arbitrary<object>, fc.string(), junk, (value, start, odd) => {
          const keys = Object.keys(value);
          const key = keys[start.length % keys.length] ?? "";
          const bytes = encode({ ...value, [key]: odd } as never);
          decoded(decode, bytes);
        }),
        { numRuns: 300 },
      );
    }
  });

  it("begins anew after a message that could not be encoded", () => {
    const broken = {
      ...BARE,
      get path(): string {
        throw new Error("a broken getter");
      },
    };
    expect(() => encodeProcess(broken)).toThrow("a broken getter");
    expect(decodeProcess(encodeProcess(BARE))).toStrictEqual(BARE);
  });

  it("encodes words that no enum has as unspecified", () => {
    const connection = { protocol: "quic" as never, srcIp: "::", srcPort: 1, dstIp: "::", dstPort: 2 };
    expect(() => decodeConnection(encodeConnection(connection))).toThrow(
      expect.objectContaining({ code: "INVALID_MESSAGE" }),
    );
    const odd = { ...BARE, exeKind: "shared" as never, container: { id: "1", runtime: "jail" as never } };
    expect(decodeProcess(encodeProcess(odd))).toStrictEqual({ ...BARE, container: { id: "1" } });
  });
});
