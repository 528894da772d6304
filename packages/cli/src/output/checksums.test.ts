import type { Process } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { checksumFacts, formatChecksums, formatDigests } from "./checksums.ts";

const process: Process = { pid: 1, startTime: 1n, ppid: 0, comm: "x", path: "/bin/x" };
const script = { path: "/bin/x.sh", interpreter: "/bin/x" };

describe("on one line", () => {
  it("is nothing without a hasher", () => {
    expect(formatChecksums(process, ["sha256"])).toBe("");
  });

  it("tells whose checksums they are", () => {
    const checksums = {
      "process.hash.sha256": "aa",
      "process.script.sha256": "bb",
      "process.memory.md5": "cc",
      "process.hash.fsverity": "sha256:dd",
    };
    expect(formatChecksums({ ...process, checksums, checksumStatus: "ok" }, ["sha256", "fsverity"])).toBe(
      "sha256=aa script sha256=bb md5(memory)=cc fsverity=sha256:dd",
    );
  });

  it.each([
    ["pending", "sha256: pending"],
    ["gone", "sha256: gone"],
    ["denied", "sha256: denied"],
    ["too_large", "sha256: too large"],
    ["timeout", "sha256: timeout"],
    ["changed", "sha256: changed"],
    ["failed", "sha256: failed"],
  ] as const)("says %s of what is missing", (checksumStatus, text) => {
    expect(formatChecksums({ ...process, checksums: {}, checksumStatus }, ["sha256"])).toBe(text);
    const checksums = { "process.hash.md5": "aa" };
    expect(formatChecksums({ ...process, checksums, checksumStatus }, ["md5", "sha256"])).toBe(`md5=aa ${text}`);
  });

  it("tells which part is missing", () => {
    const known = { "process.hash.sha256": "aa" };
    const denied = { ...process, checksumStatus: "denied" } as const;
    expect(formatChecksums({ ...denied, script, checksums: known }, ["sha256", "fsverity"])).toBe(
      "sha256=aa script: denied",
    );
    expect(formatChecksums({ ...denied, checksums: { "process.memory.sha256": "aa" } }, ["sha256"])).toBe(
      "sha256(memory)=aa executable: denied",
    );
    expect(formatChecksums({ ...denied, checksums: {} }, ["fsverity"])).toBe("fsverity: denied");
  });

  it("escapes what a hasher of others says", () => {
    expect(formatDigests({ "odd\x1b[2J": "\x07", "process.hash": "1" })).toBe("odd\\x1b[2J=\\x07 process.hash=1");
  });
});

it("is one fact for each, in words, for a whole page", () => {
  const checksums = { "process.hash.md5": "aa" };
  expect(checksumFacts({ ...process, checksums, checksumStatus: "too_large" }, ["md5", "sha256"])).toEqual([
    ["md5", "aa"],
    ["sha256", "too large: the file is too large"],
  ]);
  expect(checksumFacts({ ...process, checksums, checksumStatus: "ok" }, ["md5"])).toEqual([["md5", "aa"]]);
  expect(checksumFacts(process, ["md5"])).toEqual([]);
});
