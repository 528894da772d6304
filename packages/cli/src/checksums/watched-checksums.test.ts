import { expect, test } from "vitest";
import { WATCHED_TYPES } from "../options/event-types.ts";
import { watchedTypes } from "./watched-checksums.ts";

test("without --hash there are no events of checksums", () => {
  expect(watchedTypes(undefined, false)).toEqual([...WATCHED_TYPES, "lost", "method"]);
  expect(WATCHED_TYPES).toEqual(["exec", "fork", "exit", "connect", "accept", "listen", "close", "flow"]);
  for (const type of ["checksum", "checksum-change"] as const) {
    expect(() => watchedTypes(["exec", type], false)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: `Events of the type ${type} come only with --hash.` }),
    );
  }
});

test("with --hash changes are told of, and checksums where they are asked for", () => {
  expect(watchedTypes(undefined, true)).toEqual([...WATCHED_TYPES, "checksum-change", "lost", "method"]);
  expect(watchedTypes(["checksum"], true)).toEqual(["checksum", "lost", "method"]);
  expect(watchedTypes(["connect"], true)).toEqual(["connect", "lost", "method"]);
});
