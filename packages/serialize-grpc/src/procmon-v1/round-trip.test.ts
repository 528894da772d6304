import { type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { EVENT_TYPES, type Process } from "@procmon/core";
import fc, { type Arbitrary } from "fast-check";
import { describe, expect, it } from "vitest";
import { ConnectionSchema, OwnershipSchema, SocketSchema } from "../generated/procmon/v1/connection_pb.js";
import { EventSchema } from "../generated/procmon/v1/event_pb.js";
import { ProcessSchema } from "../generated/procmon/v1/process_pb.js";
import {
  anyConnection,
  anyEvent,
  anyEventOf,
  anyOwnership,
  anyProcess,
  anySocket,
  wholeProcess,
} from "./arbitraries.test-kit.ts";
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

interface Codec<Value> {
  readonly schema: DescMessage;
  readonly values: Arbitrary<Value>;
  encode(value: Value): Buffer;
  decode(bytes: Uint8Array): unknown;
}

function itIsLossless<Value>({ schema, values, encode, decode }: Codec<Value>, numRuns: number): void {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value))).toStrictEqual(value);
      }),
      { numRuns },
    );
  });

  it("is to protobuf-es what it writes itself", () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(value);
        // protobuf-es loses this key of a map.
        fc.pre(!bytes.includes("__proto__"));
        expect(Buffer.from(toBinary(schema, fromBinary(schema, bytes))).equals(bytes)).toBe(true);
      }),
      { numRuns },
    );
  });
}

describe("a process", () => {
  const codec = {
    schema: ProcessSchema,
    encode: (process: Process) => encodeProcess(process, WITH_ENV),
    decode: decodeProcess,
  };
  itIsLossless({ ...codec, values: anyProcess }, 500);
  describe("with every field", () => itIsLossless({ ...codec, values: wholeProcess }, 100));

  it("goes without its environment unless that is asked for", () => {
    fc.assert(
      fc.property(wholeProcess, (process) => {
        const { env: _, ...rest } = process;
        expect(decodeProcess(encodeProcess(process))).toStrictEqual(rest);
        expect(decodeProcess(encodeProcess(process, { env: false }))).toStrictEqual(rest);
      }),
      { numRuns: 50 },
    );
  });

  it("tells empty from absent", () => {
    const bare: Process = { pid: 1, startTime: 0n, ppid: 0, comm: "" };
    const empty: Process = { ...bare, args: [], tree: [], denied: [], path: "", uid: 0, kernelThread: false };
    expect(decodeProcess(encodeProcess(bare))).toStrictEqual(bare);
    expect(decodeProcess(encodeProcess(empty))).toStrictEqual(empty);
  });
});

describe("a connection", () => {
  itIsLossless(
    { schema: ConnectionSchema, values: anyConnection, encode: encodeConnection, decode: decodeConnection },
    500,
  );
});

describe("an ownership", () => {
  itIsLossless(
    { schema: OwnershipSchema, values: anyOwnership, encode: encodeOwnership, decode: decodeOwnership },
    500,
  );
});

describe("a socket", () => {
  itIsLossless({ schema: SocketSchema, values: anySocket, encode: encodeSocket, decode: decodeSocket }, 500);
});

describe.each(EVENT_TYPES)("an event %s", (type) => {
  itIsLossless(
    {
      schema: EventSchema,
      values: anyEventOf(type),
      encode: (event) => encodeEvent(event, WITH_ENV),
      decode: decodeEvent,
    },
    100,
  );
});

it("takes a process that has been encoded already", () => {
  fc.assert(
    fc.property(anyEvent, fc.boolean(), (event, env) => {
      const process = "process" in event ? event.process : undefined;
      const encodedProcess = process && encodeProcess(process, { env });
      expect(encodeEvent(event, { env, encodedProcess })).toEqual(encodeEvent(event, { env }));
    }),
    { numRuns: 200 },
  );
});

it("gives bytes of their own, whatever is encoded next", () => {
  const first = encodeConnection({ protocol: "tcp", srcIp: "1.1.1.1", srcPort: 1, dstIp: "2.2.2.2", dstPort: 2 });
  const copy = Buffer.from(first);
  encodeConnection({ protocol: "udp", srcIp: "3.3.3.3", srcPort: 3, dstIp: "4.4.4.4", dstPort: 4 });
  expect(first).toEqual(copy);
});
