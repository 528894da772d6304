import { type BigIntStats, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileIdentity } from "./file-identity.ts";

describe("the identity of a file", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "procmon-identity-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function identify(path: string): ReturnType<typeof fileIdentity> {
    return fileIdentity(statSync(path, { bigint: true }));
  }

  it("is what stat tells", () => {
    const path = join(folder, "file");
    writeFileSync(path, "three");
    utimesSync(path, 1.5, 1.5);
    const { dev, ino, ctimeMs } = statSync(path);
    const identity = identify(path);
    expect(identity).toMatchObject({ device: dev, inode: BigInt(ino), size: 5n, mtime: 1_500_000_000n });
    expect(Number(identity.ctime / 1000n) / 1000).toBeCloseTo(ctimeMs, 1);
  });

  it("differs once the file was written again, whatever its owner sets its time to", () => {
    const path = join(folder, "again");
    writeFileSync(path, "one");
    const before = identify(path);
    const end = Date.now() + 5000;
    do {
      writeFileSync(path, "two");
      utimesSync(path, Number(before.mtime) / 1e9, Number(before.mtime) / 1e9);
    } while (identify(path).ctime === before.ctime && Date.now() < end);
    expect(identify(path)).toMatchObject({ device: before.device, inode: before.inode, size: 3n });
    expect(identify(path).ctime).toBeGreaterThan(before.ctime);
  });

  it("has an inode above 2^63 as the kernel has it", () => {
    const stats = { dev: 45n, ino: -9223372036854775676n, size: 1n, mtimeNs: 2n, ctimeNs: 3n } as BigIntStats;
    expect(fileIdentity(stats).inode).toBe(9223372036854775940n);
  });
});
