import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCapturedFile } from "@procmon/native";
import { requirement } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { buildCaptures } from "./build-captures.ts";
import { ENOENT, textDatagram, textRule } from "./captures.test-kit.ts";
import { type Captures, loadCaptures } from "./programs/captures-addon.ts";

const missing = requirement("cc");
const folder = mkdtempSync(join(tmpdir(), "procmon-file-captures-"));
const IDENTITY = { name: "exe", kind: "identity", limit: 0 } as const;
let captures: Captures;

beforeAll(() => {
  if (missing !== undefined) return;
  const binary = join(folder, "captures.node");
  buildCaptures(binary);
  captures = loadCaptures(binary);
}, 60_000);
beforeEach(({ skip }) => skip(missing !== undefined, missing));
afterAll(() => rmSync(folder, { recursive: true }));

it("tell the file that a process runs, also once its name is gone", async () => {
  const path = join(folder, "program");
  copyFileSync("/bin/sleep", path);
  const child = spawn(path, ["1000"]);
  await once(child, "spawn");
  try {
    const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
    rmSync(path);
    const { ctimeNs } = statSync(`/proc/${child.pid}/exe`, { bigint: true });
    const [capture] = captures.of([textRule({ files: [IDENTITY] })], textDatagram(` pid=${child.pid} `));
    expect(capture && parseCapturedFile(capture)).toEqual({
      device: Number(dev),
      inode: ino,
      size,
      mtime: mtimeNs,
      ctime: ctimeNs,
    });
  } finally {
    child.kill();
    await once(child, "exit");
  }
  const [capture] = captures.of([textRule({ files: [IDENTITY] })], textDatagram(` pid=${child.pid} `));
  expect(capture?.error).toBe(ENOENT);
  expect(capture && parseCapturedFile(capture)).toBeUndefined();
});

it("have a kind that is known", () => {
  const rule = textRule({ files: [{ ...IDENTITY, kind: "identities" as "identity" }] });
  expect(() => captures.of([rule], textDatagram(" pid=1 "))).toThrow(
    expect.objectContaining({ code: "22", message: "captures" }),
  );
});
