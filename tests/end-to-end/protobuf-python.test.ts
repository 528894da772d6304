// Protobuf's library for Python and the code that protoc makes of the published .proto files, against ours: byte by byte.
import { type DescMessage, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { decodeBytes, encodeBytes } from "@procmon/core";
import * as codec from "@procmon/serialize-grpc";
import * as messages from "@procmon/serialize-grpc/messages";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeText, encodeText } from "../../packages/serialize-grpc/src/text/utf8-text.ts";
import { pythonProtobuf } from "./support/python-protobuf.ts";
import { anyMessage } from "./support/python-random-messages.ts";

const { opensnitch } = messages;
const python = pythonProtobuf();

/** Every message of both schemas. */
const TYPES = [messages, opensnitch].flatMap((module) =>
  Object.values(module).filter((value): value is DescMessage => "kind" in value && value.kind === "message"),
);

test("Python has each of the schemas' messages", () => {
  expect(TYPES.map((type) => type.typeName)).toEqual(expect.arrayContaining(["procmon.v1.Event", "protocol.Alert"]));
  expect(new Set(TYPES).size).toBeGreaterThan(70);
});

test.for(TYPES.map((type) => [type.typeName, type] as const))(
  "%s: protobuf-es and Python write the same bytes",
  async ([name, type]) => {
    await fc.assert(
      fc.asyncProperty(anyMessage(type), async (fields) => {
        const message = fromJson(type, fields);
        const bytes = Buffer.from(toBinary(type, message));
        expect(await python.write(name, fields, "replace")).toEqual(bytes);
        expect(await python.read(name, bytes)).toEqual({ bytes, fields: toJson(type, message) });
      }),
      { numRuns: 50 },
    );
  },
);

describe("OpenSnitch's messages that are not many", () => {
  type Codec = readonly [DescMessage, encode: (message: never) => Buffer, decode: (bytes: Uint8Array) => unknown];
  const CODECS: readonly Codec[] = [
    [opensnitch.AlertSchema, codec.encodeOpenSnitchAlert, codec.decodeOpenSnitchAlert],
    [opensnitch.ClientConfigSchema, codec.encodeOpenSnitchClientConfig, codec.decodeOpenSnitchClientConfig],
    [opensnitch.MsgResponseSchema, codec.encodeOpenSnitchMsgResponse, codec.decodeOpenSnitchMsgResponse],
    [opensnitch.NotificationSchema, codec.encodeOpenSnitchNotification, codec.decodeOpenSnitchNotification],
    [
      opensnitch.NotificationReplySchema,
      codec.encodeOpenSnitchNotificationReply,
      codec.decodeOpenSnitchNotificationReply,
    ],
    [opensnitch.PingReplySchema, codec.encodeOpenSnitchPingReply, codec.decodeOpenSnitchPingReply],
    [opensnitch.PingRequestSchema, codec.encodeOpenSnitchPingRequest, codec.decodeOpenSnitchPingRequest],
    [opensnitch.StatisticsSchema, codec.encodeOpenSnitchStatistics, codec.decodeOpenSnitchStatistics],
  ];

  test.for(CODECS.map((parts) => [parts[0].typeName, ...parts] as const))(
    "%s: Python writes what our function does, and ours reads it",
    async ([name, type, encode, decode]) => {
      await fc.assert(
        fc.asyncProperty(anyMessage(type), async (fields) => {
          const message = fromJson(type, fields);
          const bytes = await python.write(name, fields, "replace");
          expect(encode(message as never)).toEqual(bytes);
          expect(decode(bytes)).toEqual(message);
        }),
        { numRuns: 50 },
      );
    },
  );
});

describe("names that are not UTF-8", () => {
  const someBytes = fc.oneof(
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: "binary", maxLength: 8 }).map((text) => Buffer.from(text)),
    fc.nat({ max: 0x1ff }).map((code) => Buffer.from(String.fromCodePoint(0x10fe00 + code))),
  );
  const anyName = fc.array(someBytes, { maxLength: 5 }).map((parts) => Buffer.concat(parts));

  test("Python finds their bytes in the text of a message, and would have written the same text", async () => {
    await fc.assert(
      fc.asyncProperty(anyName, async (name) => {
        const wire = encodeText(decodeBytes(name));
        expect(await python.nameOf(wire.toString())).toEqual(name);
        expect(await python.textOf(name)).toBe(wire.toString());
        expect(encodeBytes(decodeText(wire))).toEqual(name);
      }),
      { numRuns: 500 },
    );
  });

  test("the text is the documented one", async () => {
    const process = { pid: 1, startTime: 2n, ppid: 0, comm: decodeBytes(Buffer.from([0x61, 0xff, 0x62])) };
    const { fields } = await python.read("procmon.v1.Process", codec.encodeProcess(process));
    expect(fields).toEqual({ pid: 1, startTime: "2", comm: "a\u{10feff}b" });
    // U+10FEFF itself, byte by byte.
    expect(await python.textOf(Buffer.from("\u{10feff}"))).toBe("\u{10fef4}\u{10fe8f}\u{10febb}\u{10febf}");
  });
});
