import { describe, expect, it } from "vitest";
import { mayBeTitle, parseCmdline } from "./parse-cmdline.ts";

describe("parseCmdline", () => {
  it.each([
    ["", []],
    ["\0", [""]],
    ["a\0", ["a"]],
    ["a\0b c\0", ["a", "b c"]],
    ["a\0\0b\0\0", ["a", "", "b", ""]],
    ["nginx: master process", ["nginx: master process"]],
    ["\0\0", ["", ""]],
  ])("splits %j", (text, args) => {
    expect(parseCmdline(Buffer.from(text))).toEqual(args);
  });

  it("keeps bytes that are not UTF-8 in their argument", () => {
    expect(parseCmdline(Buffer.of(0x61, 0xc3, 0x00, 0xa4, 0x00))).toEqual(["a\udcc3", "\udca4"]);
  });
});

describe("mayBeTitle", () => {
  it("is true for one text and then nothing", () => {
    expect(mayBeTitle(["title", "", ""])).toBe(true);
    expect(mayBeTitle(["title"])).toBe(false);
    expect(mayBeTitle(["a", "", "b"])).toBe(false);
    expect(mayBeTitle(["", ""])).toBe(false);
  });
});
