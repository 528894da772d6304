import { create, fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { StatsRequestSchema, WatchResponseSchema } from "../messages.ts";
import { relayMessage } from "./relay-message.ts";

const messages = [
  create(WatchResponseSchema, { start: { method: "stub" } }),
  create(WatchResponseSchema, {
    events: [
      { time: 1n, method: "a", kind: { case: "lost", value: { source: "ring", cause: "full", count: 2n } } },
      { time: 2n, method: "é".repeat(100), kind: { case: "exec", value: { process: { pid: 7, comm: "x" } } } },
    ],
  }),
  create(WatchResponseSchema),
];

it("gives the very bytes that it was given, and the same JSON", () => {
  for (const message of messages) {
    const bytes = toBinary(WatchResponseSchema, message);
    expect(toBinary(WatchResponseSchema, relayMessage(WatchResponseSchema, bytes, false))).toEqual(bytes);
    const json = toJson(WatchResponseSchema, relayMessage(WatchResponseSchema, bytes, true));
    expect(json).toEqual(toJson(WatchResponseSchema, fromBinary(WatchResponseSchema, bytes)));
  }
});

it("takes tags of several bytes, too", () => {
  // The field 16, a number, which no version of the message has.
  const bytes = Uint8Array.of(0x80, 0x01, 5);
  expect(toBinary(StatsRequestSchema, relayMessage(StatsRequestSchema, bytes, false))).toEqual(bytes);
});
