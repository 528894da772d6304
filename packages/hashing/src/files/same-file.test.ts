import type { FileIdentity } from "@procmon/core";
import { describe, expect, test } from "vitest";
import { CLOCK_TICK, type Comparison, compareFile } from "./same-file.ts";

const SECOND = 1_000_000_000n;
const found = { device: 66, inode: 7n, size: 100n, mtime: 1000n * SECOND, ctime: 1001n * SECOND };
const bare: FileIdentity = { device: 66, inode: 7n };
const execTime = 2000n * SECOND;

const compare = (comparison: Partial<Comparison>) =>
  compareFile({ found, expected: found, trust: "path", execTime, ...comparison });

describe("another file", () => {
  test.each(["exe", "path"] as const)("another inode or device is another file, by %s", (trust) => {
    expect(compare({ trust })).toBe("same");
    for (const expected of [found, bare]) {
      expect(compare({ trust, expected: { ...expected, inode: 8n } })).toBe("other");
      expect(compare({ trust, expected: { ...expected, device: 67 } })).toBe("other");
    }
  });

  test("the device of its mount will do as well, but never without the inode", () => {
    const expected = { ...found, device: 99 };
    expect(compare({ expected, mountDevice: 99 })).toBe("same");
    expect(compare({ expected, mountDevice: 98 })).toBe("other");
    expect(compare({ expected: { ...expected, inode: 8n }, mountDevice: 99 })).toBe("other");
  });
});

describe("other contents", () => {
  test("by a path each of the three tells", () => {
    for (const change of [{ size: 99n }, { mtime: 1n }, { ctime: 1002n * SECOND }]) {
      expect(compare({ expected: { ...found, ...change } })).toBe("changed");
    }
  });

  test("by the kernel's link the ctime may be another one", () => {
    expect(compare({ trust: "exe", expected: { ...found, ctime: 5n } })).toBe("same");
    expect(compare({ trust: "exe", expected: { ...found, size: 99n } })).toBe("changed");
    expect(compare({ trust: "exe", expected: { ...found, mtime: 1n } })).toBe("changed");
  });
});

describe("times", () => {
  const late: Partial<Comparison>[] = [
    { found: { ...found, ctime: execTime } },
    { found: { ...found, mtime: execTime } },
    { found: { ...found, ctime: execTime - CLOCK_TICK + 1n } },
  ];

  test("what was changed at about the time of the execution, or later, is not certain by a path", () => {
    for (const expected of [bare, undefined]) {
      expect(compare({ expected })).toBe("same");
      expect(compare({ expected, found: { ...found, ctime: execTime - CLOCK_TICK } })).toBe("same");
      for (const comparison of late) expect(compare({ expected, ...comparison })).toBe("changed");
    }
    // Changed twice in one tick it would look the same.
    for (const comparison of late) expect(compare({ expected: comparison.found, ...comparison })).toBe("changed");
  });

  test("without a time of execution the start of the process serves, and without any nothing is certain", () => {
    const unseen = { expected: bare, execTime: undefined };
    expect(compare({ ...unseen, startedAt: found.ctime + CLOCK_TICK })).toBe("same");
    expect(compare({ ...unseen, startedAt: found.ctime })).toBe("changed");
    expect(compare(unseen)).toBe("changed");
  });

  test("by the kernel's link only an mtime after the execution tells, where no other is known", () => {
    const link = { expected: bare, trust: "exe" } as const;
    expect(compare({ ...link, found: { ...found, ctime: execTime + SECOND } })).toBe("same");
    expect(compare({ ...link, found: { ...found, mtime: execTime + SECOND } })).toBe("changed");
    expect(compare({ ...link, found: { ...found, mtime: execTime + SECOND }, execTime: undefined })).toBe("same");
  });
});
