import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { parseDuration, parseInterval } from "./duration.ts";
import { parseEventTypes } from "./event-types.ts";
import { parseCount, parsePid, parsePort } from "./integer.ts";
import { parseMethods } from "./methods.ts";
import { findUid } from "./user.ts";

describe("durations", () => {
  it.each([
    ["5s", 5000],
    ["500ms", 500],
    ["1m", 60_000],
    ["2h", 7_200_000],
    ["1.5s", 1500],
    ["3", 3000],
  ])("%s", (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each(["", "0s", "-1s", "5 s", "5d", "s", "1e3s", "999999999h"])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow(InvalidArgumentError);
  });
});

describe("intervals", () => {
  it("are durations of at least 100 ms", () => {
    expect(parseInterval("100ms")).toBe(100);
    for (const text of ["99ms", "0s", "x"]) expect(() => parseInterval(text)).toThrow(InvalidArgumentError);
  });
});

describe("numbers", () => {
  it("reads pids, ports and counts within their ranges", () => {
    expect(parsePid("1")).toBe(1);
    expect(parsePort("65535")).toBe(65_535);
    expect(parseCount("10")).toBe(10);
  });
  it.each(["0", "-1", "1.5", "0x10", "4194305", "", "1 ", "n"])("refuses the pid %j", (text) => {
    expect(() => parsePid(text)).toThrow(InvalidArgumentError);
  });
  it.each(["65536", "-1", "http", ""])("refuses the port %j", (text) => {
    expect(() => parsePort(text)).toThrow(InvalidArgumentError);
  });
});

describe("lists", () => {
  it("joins repeated options and drops repetitions", () => {
    expect(parseMethods("proc,audit", ["ebpf", "proc"])).toEqual(["ebpf", "proc", "audit"]);
    expect(parseEventTypes("exec, exit", ["exec"])).toEqual(["exec", "exit"]);
  });
  it("refuses empty names and unknown types", () => {
    expect(() => parseMethods("proc,,x")).toThrow(InvalidArgumentError);
    expect(() => parseEventTypes("exec,boom")).toThrow(/The types are exec, fork/);
  });
});

describe("users", () => {
  it("takes names and numbers", () => {
    expect(findUid("root")).toBe(0);
    expect(findUid("12345")).toBe(12_345);
  });
  it("refuses a user that there is not", () => {
    expect(() => findUid("no-such-user-here")).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    expect(() => findUid("4294967296")).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
