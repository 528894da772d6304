import { describe, expect, it } from "vitest";
import { decimalAt, hexDigit, hexIntAt } from "./number-text.ts";

describe("a decimal number", () => {
  it.each([
    ["0", 0],
    ["4294967295", 4294967295],
    ["7 uid=0", 7],
    ["4294967296", -1],
    ["99999999999999999999999", -1],
    ["", -1],
    ["x", -1],
    ["-1", -1],
    ["12x", -1],
  ])("is read from %j", (text, value) => {
    expect(decimalAt(text, 0)).toBe(value);
  });

  it("is none at a place that is not there", () => {
    expect(decimalAt("5", -1)).toBe(-1);
    expect(decimalAt("5", 9)).toBe(-1);
  });
});

describe("a hexadecimal int", () => {
  it.each([
    ["0", 0],
    ["c", 12],
    ["ffffffff", -1],
    ["ffffffffffffffa9 x", -87],
    ["7f5100000003", 3],
    ["1200011", 0x1200011],
    ["", undefined],
    ["g", undefined],
    ["1g", undefined],
  ])("is read from %j", (text, value) => {
    expect(hexIntAt(text, 0)).toBe(value);
  });

  it("has digits of either case", () => {
    expect([..."09afAF", "/", ":", "@", "`", "g", "G"].map((digit) => hexDigit(digit.charCodeAt(0)))).toEqual([
      0, 9, 10, 15, 10, 15, -1, -1, -1, -1, -1, -1,
    ]);
  });
});
