import { create, toBinary } from "@bufbuild/protobuf";
import { ProcmonError } from "@procmon/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type WatchRequest, WatchRequestSchema } from "../generated/procmon/v1/service_pb.js";
import { encodeText } from "../text/utf8-text.ts";
import { readWatchRequest } from "./watch-request.ts";

function requestOf(fields: Partial<Omit<WatchRequest, "$typeName" | "$unknown">>): Uint8Array {
  return toBinary(WatchRequestSchema, create(WatchRequestSchema, fields));
}

test("an empty request is for everything, without the environment", () => {
  const { conditions, types, env } = readWatchRequest(Buffer.alloc(0));
  expect([types, env]).toEqual([undefined, false]);
  expect(Object.values(conditions).every((condition) => condition === undefined)).toBe(true);
});

test("conditions are read, and names as the machine has them", () => {
  const odd = "caf\udce9";
  const bytes = requestOf({
    types: [1, 4],
    pids: [7],
    names: ["curl", encodeText(odd).toString()],
    uids: [0],
    ports: [443],
    protocols: [2],
    env: true,
  });
  expect(readWatchRequest(bytes)).toEqual({
    conditions: {
      types: new Set(["exec", "connect"]),
      pids: new Set([7]),
      names: new Set(["curl", odd]),
      uids: new Set([0]),
      ports: new Set([443]),
      protocols: new Set(["tcp6"]),
    },
    types: ["exec", "connect", "method"],
    env: true,
  });
});

test.each([{ types: [0] }, { types: [1, 99] }, { types: [-1] }, { protocols: [13] }, { protocols: [0] }])(
  "%j asks for what there is not, and never becomes everything",
  (fields) => {
    expect(() => readWatchRequest(requestOf(fields))).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  },
);

test.each(["types", "pids", "names", "uids", "ports", "protocols"] as const)("%s are at most 1,000", (field) => {
  const entries = (length: number) => ({ [field]: new Array(length).fill(field === "names" ? "x" : 1) });
  expect(() => readWatchRequest(requestOf(entries(1000)))).not.toThrow();
  expect(() => readWatchRequest(requestOf(entries(1001)))).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

test("any bytes are read, or refused by a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readWatchRequest(bytes);
      } catch (error) {
        expect(ProcmonError.isInstance(error)).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});
