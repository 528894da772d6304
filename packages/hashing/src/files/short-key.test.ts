import { expect, test } from "vitest";
import { shortKey } from "./short-key.ts";

test("a key stays what it is while it is short", () => {
  expect(shortKey("/usr/bin/env")).toBe("/usr/bin/env");
});

test("long ones are shortened, and differ where they differ", () => {
  const long = "x".repeat(4095);
  expect(shortKey(`/${long}`).length).toBeLessThan(50);
  expect(shortKey(`/${long}`)).toBe(shortKey(`/${long}`));
  expect(shortKey(`/${long}`)).not.toBe(shortKey(`/${long.slice(1)}y`));
});
