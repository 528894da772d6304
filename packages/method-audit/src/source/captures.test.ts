import type { Capture } from "@procmon/native";
import { describe, expect, test } from "vitest";
import { createCaptureRules, decodeCaptures } from "./captures.ts";

const FILE = { device: 1, inode: 2n, size: 3n, mtime: 4n, ctime: 5n };
const native = {
  parseCapturedSocket: () => undefined,
  parseCapturedFile: ({ error, bytes }: Capture) => (error === 0 && bytes.toString() === "file" ? FILE : undefined),
};
const STAT = "42 (a b) S 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

function capture(text: string, error = 0, truncated = false): Capture {
  return { bytes: Buffer.from(text, "latin1"), error, truncated };
}

/** The rule that counts for a datagram with this text. */
function ruleFor(text: string, architecture = "x64") {
  return createCaptureRules(architecture, false).find(({ contains = "" }) => text.includes(contains));
}

describe("createCaptureRules", () => {
  test.each(["x64", "arm64", "riscv64"])("fit into what native takes: %s", (architecture) => {
    const rules = createCaptureRules(architecture, true);
    expect(rules.length).toBeLessThanOrEqual(24);
    expect(rules.at(-1)).toEqual(expect.objectContaining({ offset: 4, value: 1300, pidAfter: " pid=" }));
    expect(rules.at(-1)).not.toHaveProperty("contains");
    for (const { contains, files } of rules) {
      expect(contains?.length ?? 1).toBeLessThanOrEqual(31);
      expect(files.length).toBeLessThanOrEqual(8);
    }
  });

  test.each([
    ["x64", "arch=c000003e syscall=59 success", ["stat", "cgroup", "root", "ns/net", "exe"], undefined],
    ["x64", "arch=c000003e syscall=322 success", ["stat", "cgroup", "root", "ns/net", "exe"], undefined],
    ["x64", "arch=40000003 syscall=11 success", ["stat", "cgroup", "root", "ns/net", "exe"], undefined],
    ["arm64", "arch=c00000b7 syscall=221 success", ["stat", "cgroup", "root", "ns/net", "exe"], undefined],
    ["x64", "arch=c000003e syscall=42 per=400000", ["stat"], " a0="],
    ["arm64", "arch=c00000b7 syscall=203 success", ["stat"], " a0="],
    ["x64", "arch=c000003e syscall=288 success", ["stat"], " exit="],
    ["arm64", "arch=40000028 syscall=285 success", ["stat"], " exit="],
    ["x64", "arch=c000003e syscall=231 a0=3b", ["stat"], undefined],
    ["x64", "arch=40000003 syscall=59 success", ["stat"], undefined],
    ["x64", "arch=c000003e syscall=421 success", ["stat"], undefined],
  ])("%s: %s", (architecture, text, files, socketAfter) => {
    const rule = ruleFor(text, architecture);
    expect(rule?.files.map(({ name }) => name)).toEqual(files);
    expect(rule?.socketAfter?.text).toBe(socketAfter);
  });
});

describe("decodeCaptures", () => {
  test("what was read of an exec is the receiver's own", () => {
    const captures = [STAT, "0::/x\n", "/jail\xff", "net:[4026531840]", "file", "A=1\0B=2\0"].map((text) =>
      capture(text),
    );
    const reading = decodeCaptures(native, captures);
    for (const { bytes } of captures) bytes.fill(0);
    expect(reading).toMatchObject({ root: "/jail\udcff", netns: 4026531840, env: { A: "1", B: "2" } });
    expect(reading?.stat).toMatchObject({ pid: 42, startTime: 777n });
    expect(reading?.executable).toEqual(FILE);
    expect(Buffer.from(reading?.cgroup ?? []).toString()).toBe("0::/x\n");
  });

  test("what could not be read, or is cut, is left out", () => {
    const gone = capture("", 3);
    expect(decodeCaptures(native, [gone])).toBeUndefined();
    expect(decodeCaptures(native, [gone, gone])).toBeUndefined();
    expect(
      decodeCaptures(native, [gone, capture("0::/", 0, true), gone, capture("net:[x]"), gone, gone]),
    ).toBeUndefined();
    expect(decodeCaptures(native, [capture("rubbish")])).toBeUndefined();
  });

  test("of a call with a socket it is that socket", () => {
    const socket = { family: 2, type: 1, protocol: 6, inode: 7, cookie: 8n, isListening: false };
    const reading = decodeCaptures({ ...native, parseCapturedSocket: () => socket }, [
      capture("socket"),
      capture(STAT),
    ]);
    expect(reading).toMatchObject({ socket, stat: { startTime: 777n } });
  });
});
