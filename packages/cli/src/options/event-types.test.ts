import { EVENT_TYPES } from "@procmon/core";
import { expect, it } from "vitest";
import { EVENT_TYPE_MEANINGS } from "./event-types.ts";

it("knows the same types as core, in the same order", () => {
  expect(Object.keys(EVENT_TYPE_MEANINGS)).toEqual(EVENT_TYPES);
});
