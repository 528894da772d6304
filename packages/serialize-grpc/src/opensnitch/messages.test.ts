import { create, toBinary } from "@bufbuild/protobuf";
import { ProcmonError } from "@procmon/core";
import { describe, expect, it } from "vitest";
import {
  Action,
  AlertSchema,
  ClientConfigSchema,
  MsgResponseSchema,
  NotificationReplyCode,
  NotificationReplySchema,
  NotificationSchema,
  PingReplySchema,
  PingRequestSchema,
  StatisticsSchema,
} from "../generated/opensnitch/ui_pb.js";
import * as messages from "./messages.ts";

const LARGE = 2n ** 64n - 1n;
const STATISTICS = { connections: LARGE, daemonVersion: "1.0", byProto: { tcp: 3n }, events: [{ unixnano: 5n }] };
const CONFIG = {
  id: 1n,
  name: "host",
  version: "1.0",
  config: "{}",
  rules: [{ name: "r", operator: { type: "simple" } }],
};
const NOTIFICATION = { id: 2n, type: Action.TASK_START, data: "1234", sysFirewall: { Version: 1 } };

/** Each with an example. */
const PAIRS = [
  {
    schema: AlertSchema,
    init: { id: LARGE, data: { case: "text" as const, value: "Beware." } },
    encode: messages.encodeOpenSnitchAlert,
    decode: messages.decodeOpenSnitchAlert,
  },
  {
    schema: StatisticsSchema,
    init: STATISTICS,
    encode: messages.encodeOpenSnitchStatistics,
    decode: messages.decodeOpenSnitchStatistics,
  },
  {
    schema: PingRequestSchema,
    init: { id: 9n, stats: STATISTICS },
    encode: messages.encodeOpenSnitchPingRequest,
    decode: messages.decodeOpenSnitchPingRequest,
  },
  {
    schema: PingReplySchema,
    init: { id: 9n },
    encode: messages.encodeOpenSnitchPingReply,
    decode: messages.decodeOpenSnitchPingReply,
  },
  {
    schema: ClientConfigSchema,
    init: CONFIG,
    encode: messages.encodeOpenSnitchClientConfig,
    decode: messages.decodeOpenSnitchClientConfig,
  },
  {
    schema: NotificationSchema,
    init: NOTIFICATION,
    encode: messages.encodeOpenSnitchNotification,
    decode: messages.decodeOpenSnitchNotification,
  },
  {
    schema: NotificationReplySchema,
    init: { id: 2n, code: NotificationReplyCode.ERROR, data: "No." },
    encode: messages.encodeOpenSnitchNotificationReply,
    decode: messages.decodeOpenSnitchNotificationReply,
  },
  {
    schema: MsgResponseSchema,
    init: { id: 3n },
    encode: messages.encodeOpenSnitchMsgResponse,
    decode: messages.decodeOpenSnitchMsgResponse,
  },
] as const;

/** Of any schema: which one goes with which is the table's. */
interface Pair {
  readonly schema: Parameters<typeof create>[0];
  readonly init: Record<string, unknown>;
  encode(init: Record<string, unknown>): Buffer;
  decode(bytes: Uint8Array): object;
}

describe.each(PAIRS as unknown as readonly Pair[])("$schema.typeName", ({ schema, init, encode, decode }) => {
  it("is written as its schema has it, and comes back", () => {
    const message = create(schema, init);
    const bytes = encode(init);
    expect(bytes).toBeInstanceOf(Buffer);
    expect(bytes.equals(toBinary(schema, message))).toBe(true);
    expect(decode(bytes)).toEqual(message);
    expect(decode(Buffer.alloc(0))).toEqual(create(schema));
  });

  it("refuses what does not fit its fields", () => {
    const [name] = Object.keys(init);
    expect(() => encode({ ...init, [name ?? ""]: Symbol("wrong") })).toThrow(
      expect.objectContaining({ code: "INVALID_MESSAGE", remedy: expect.any(String) }),
    );
  });
});

describe("messages that OpenSnitch's UI sends", () => {
  it("are refused where they are cut", () => {
    const bytes = messages.encodeOpenSnitchNotification({ ...NOTIFICATION, rules: [{ name: "a rule" }] });
    const cut = () => messages.decodeOpenSnitchNotification(bytes.subarray(0, -1));
    expect(cut).toThrow(ProcmonError);
    expect(cut).toThrow(expect.objectContaining({ code: "INVALID_MESSAGE" }));
  });

  it("show a byte that is not UTF-8 as U+FFFD", () => {
    const bytes = messages.encodeOpenSnitchStatistics({ daemonVersion: "a\udcff", byExecutable: { "/b\udc80": 1n } });
    const { daemonVersion, byExecutable } = messages.decodeOpenSnitchStatistics(bytes);
    expect(daemonVersion).toBe("a\ufffd");
    expect(byExecutable).toEqual({ "/b\ufffd": 1n });
  });

  it("keep numbers of an enum that are not known", () => {
    expect(messages.decodeOpenSnitchNotification(Uint8Array.of(0x20, 0x7f)).type).toBe(127);
  });
});
