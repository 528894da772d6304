import { expect, it } from "vitest";
import { exitOf } from "./exit-status.ts";

it.each([
  [0x0000, { exitCode: 0 }],
  [0x0300, { exitCode: 3 }],
  [0xff00, { exitCode: 255 }],
  [0x0009, { signal: 9 }],
  [0x008b, { signal: 11 }],
])("reads the status %i", (status, expected) => {
  expect(exitOf(status)).toEqual(expected);
});
