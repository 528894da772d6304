import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { expect, it } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { findImageMappings, readMappedImage } from "./mapped-image.ts";
import { hasKernelThreads, start, temporaryDirectory } from "./start-process.test-kit.ts";

it("reads what is mapped of an executable, also when it was removed", () => {
  const path = `${temporaryDirectory()}/sleep`;
  copyFileSync("/bin/sleep", path);
  const file = readFileSync(path);
  const { pid } = start(path, ["1000"]);
  rmSync(path);
  const image = readMappedImage(DEFAULT_PROCFS, pid);
  if (!image.ok) throw new Error(image.failure);
  let code = 0;
  let begin: Buffer | undefined;
  for (const { offset, bytes } of image.value) {
    expect(bytes.length).toBeLessThanOrEqual(65536);
    if (offset === 0n) begin ??= Buffer.from(bytes);
    if (file.subarray(Number(offset), Number(offset) + 4096).equals(bytes.subarray(0, 4096))) code++;
  }
  expect(begin?.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
  expect(begin?.equals(file.subarray(0, begin.length))).toBe(true);
  expect(code).toBeGreaterThan(1);
});

it("is gone where there is no image", () => {
  expect(readMappedImage(DEFAULT_PROCFS, 2 ** 30)).toEqual({ ok: false, failure: "gone" });
  if (hasKernelThreads) expect(readMappedImage(DEFAULT_PROCFS, 2).ok).toBe(false);
});

it("tells two removed files of one name apart", () => {
  const mapping = { start: 0n, end: 4096n, permissions: "r-xp", device: "fe:00", path: "/x (deleted)" };
  const image = { ...mapping, offset: 0n, inode: 7n };
  const data = { ...mapping, offset: 4096n, inode: 7n };
  const other = { ...mapping, offset: 4096n, inode: 8n };
  expect(findImageMappings([other, image, data], "/x (deleted)")).toEqual([image, data]);
});
