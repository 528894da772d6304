import type { DescEnum } from "@bufbuild/protobuf";
import { EVENT_TYPES, PROTOCOLS } from "@procmon/core";
import { describe, expect, it } from "vitest";
import {
  ConfidenceSchema,
  NoOwnerReasonSchema,
  PacketSocketTypeSchema,
  ProtocolSchema,
  SocketStateSchema,
  UnixSocketTypeSchema,
} from "../generated/procmon/v1/connection_pb.js";
import { EventTypeSchema, MethodChange_ChangeSchema } from "../generated/procmon/v1/event_pb.js";
import { ChecksumStatusSchema, ExeKindSchema } from "../generated/procmon/v1/process_pb.js";
import type { Words } from "./words.ts";
import * as allWords from "./words.ts";

const PAIRS: readonly (readonly [DescEnum, Words<string>])[] = [
  [ProtocolSchema, allWords.PROTOCOL_WORDS],
  [ConfidenceSchema, allWords.CONFIDENCE_WORDS],
  [NoOwnerReasonSchema, allWords.NO_OWNER_REASON_WORDS],
  [SocketStateSchema, allWords.SOCKET_STATE_WORDS],
  [UnixSocketTypeSchema, allWords.UNIX_SOCKET_TYPE_WORDS],
  [PacketSocketTypeSchema, allWords.PACKET_SOCKET_TYPE_WORDS],
  [ChecksumStatusSchema, allWords.CHECKSUM_STATUS_WORDS],
  [ExeKindSchema, allWords.EXE_KIND_WORDS],
  [EventTypeSchema, allWords.EVENT_TYPE_WORDS],
  [MethodChange_ChangeSchema, allWords.METHOD_CHANGE_WORDS],
];

/** As a name of the schema is spelled: FIN_WAIT_1 is fin-wait-1, and TOO_LARGE too_large. */
const spelled = (word: string | undefined) => word?.replaceAll("-", "_").toUpperCase();

describe.each(PAIRS.map(([schema, words]) => ({ name: schema.typeName, schema, words })))(
  "$name",
  ({ schema, words }) => {
    it("has exactly the words of core", () => {
      for (const value of schema.values) {
        const name = value.name.slice((schema.sharedPrefix ?? "").length);
        const word = words.wordOf(value.number);
        expect(spelled(word) ?? "UNSPECIFIED").toBe(name.toUpperCase());
        expect(words.numberOf(word)).toBe(value.number);
      }
      // All words have a number, and none has one beyond the schema's.
      const numbers = Array.from({ length: 100 }, (_, number) => number).filter((number) => words.wordOf(number));
      expect(numbers).toEqual(schema.values.map(({ number }) => number).filter((number) => number > 0));
    });

    it("knows nothing else", () => {
      for (const word of ["", "nonsense", "__proto__", "toString", undefined, null, 1, {}]) {
        expect(words.numberOf(word)).toBe(0);
      }
      for (const number of [0, 1000, 2 ** 40, 2 ** 64, Number.NaN]) expect(words.wordOf(number)).toBeUndefined();
    });
  },
);

it("has a test for each list of words", () => {
  const lists = Object.values(allWords).filter((each) => typeof each === "object");
  expect(new Set(PAIRS.map(([, words]) => words))).toEqual(new Set(lists));
});

it("has a number for each of core's event types and protocols", () => {
  for (const type of EVENT_TYPES) expect(allWords.EVENT_TYPE_WORDS.numberOf(type)).toBeGreaterThan(0);
  for (const protocol of PROTOCOLS) expect(allWords.PROTOCOL_WORDS.numberOf(protocol)).toBeGreaterThan(0);
});
