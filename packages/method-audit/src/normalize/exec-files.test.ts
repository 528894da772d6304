import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseDevice, readCwd, readFiles } from "./exec-files.ts";
import { readTitleArguments } from "./exec-title.ts";
import { recordOf } from "./records.test-kit.ts";

describe("the files of PATH records", () => {
  it("come in the order of their items", () => {
    const files = readFiles([
      recordOf("PATH", 'item=10 name="/c" inode=3 dev=08:01'),
      recordOf("PATH", "item=9 name=2F612062 inode=18446744073709551615 dev=fd:00"),
      recordOf("PATH", 'item=0 name="x" nametype=UNKNOWN'),
    ]);
    expect(files).toEqual([{ name: "x" }, { name: "/a b", device: 0xfd00 }, { name: "/c", inode: 3, device: 0x801 }]);
  });

  it("may have no name", () => {
    expect(readFiles([recordOf("PATH", "item=0 name=(null) inode=5 dev=00:2a")])).toEqual([
      { name: "", inode: 5, device: 42 },
    ]);
    expect(readFiles([recordOf("PATH", "")])).toEqual([{ name: "" }]);
  });
});

describe("a device", () => {
  it("is what stat tells", () => {
    expect(parseDevice("01:03")).toBe(statSync("/dev/null").rdev);
  });

  it.each([
    ["103:00", 0x10300],
    ["fd:100", 0x10fd00],
    ["fff:fffff", 0xffffffff],
  ])("has more than 8 bits of each: %s", (text, device) => {
    expect(parseDevice(text)).toBe(device);
  });

  it.each(["", ":", "08", "08:", ":01", "8:x", "1234567:00", "dm-0"])("is none: %j", (text) => {
    expect(parseDevice(text)).toBeUndefined();
  });
});

describe("the working directory", () => {
  it.each([
    [' cwd="/home"', "/home"],
    ["cwd=2F6120", "/a "],
    ["cwd=(null)", undefined],
    ["", undefined],
  ])("of %j", (body, cwd) => {
    expect(readCwd(recordOf("CWD", body))).toBe(cwd);
  });
});

describe("a title", () => {
  it.each([
    ['proctitle="bash"', ["bash"]],
    ["proctitle=6C73002D6C00", ["ls", "-l", ""]],
  ])("holds arguments that may be cut: %s", (body, args) => {
    expect(readTitleArguments(recordOf("PROCTITLE", body))).toEqual({ args, argsTruncated: true });
  });

  it.each(["proctitle=(null)", ""])("is none: %j", (body) => {
    expect(readTitleArguments(recordOf("PROCTITLE", body))).toBeUndefined();
  });
});
