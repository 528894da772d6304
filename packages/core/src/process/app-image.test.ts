import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { readProcess } from "./read-process.ts";
import { start, temporaryDirectory } from "./start-process.test-kit.ts";

it("finds the AppImage of a mounted executable, without telling the environment", () => {
  const mount = mkdtempSync("/tmp/.mount_Test");
  const image = `${temporaryDirectory()}/Test.AppImage`;
  writeFileSync(image, "");
  try {
    copyFileSync("/bin/sleep", `${mount}/AppRun`);
    const found = readProcess(DEFAULT_PROCFS, start(`${mount}/AppRun`, ["1000"], { env: { APPIMAGE: image } }).pid);
    expect(found).toMatchObject({ ok: true, value: { appImage: image, path: `${mount}/AppRun` } });
    expect(found.ok && found.value).not.toHaveProperty("env");
    for (const APPIMAGE of ["", "relative", "/nonexistent", "/tmp"]) {
      const other = readProcess(DEFAULT_PROCFS, start(`${mount}/AppRun`, ["1000"], { env: { APPIMAGE } }).pid);
      expect(other.ok && other.value).not.toHaveProperty("appImage");
    }
  } finally {
    rmSync(mount, { recursive: true });
  }
  const plain = readProcess(DEFAULT_PROCFS, start("/bin/sleep", ["1000"], { env: { APPIMAGE: image } }).pid);
  expect(plain.ok && plain.value).not.toHaveProperty("appImage");
});
