import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requirement, startFuse } from "@procmon-internal/fixtures";
import { expect, onTestFinished, test } from "vitest";
import { scratchFolder } from "./programs.test-kit.ts";
import { measureVerity } from "./verity.ts";

const noFuse = requirement("fuse");
const noVerity = requirement("root") ?? checkVerity();

function openFile(path: string): number {
  const fd = openSync(path, "r");
  onTestFinished(() => closeSync(fd));
  return fd;
}

test("a file without fs-verity, what is no file, and what is not open have no digest", async () => {
  const path = join(scratchFolder(), "file");
  writeFileSync(path, "x");
  for (const fd of [openFile(path), openFile("/"), openFile("/dev/null"), 1_000_000, -1]) {
    expect(await measureVerity(fd)).toBeUndefined();
  }
});

test.skipIf(noFuse)(`a FUSE server is not believed${noFuse ? `: ${noFuse}` : ""}`, async () => {
  await using server = await startFuse();
  for (const file of ["verity", "verity-other", "verity-lie"] as const) {
    const fd = openSync(server.path(file), "r");
    expect(await measureVerity(fd)).toBeUndefined();
    closeSync(fd);
  }
});

test.skipIf(noFuse)("a file system that does not tell what it is is asked once, and costs others nothing", async () => {
  await using server = await startFuse();
  const fds = Array.from({ length: 4 }, () => openSync(server.path("huge"), "r"));
  process.kill(server.pid, "SIGSTOP");
  try {
    const start = performance.now();
    expect(await Promise.all(fds.map(measureVerity))).toEqual([undefined, undefined, undefined, undefined]);
    expect(performance.now() - start).toBeLessThan(1900);
  } finally {
    process.kill(server.pid, "SIGCONT");
  }
  for (const fd of fds) closeSync(fd);
});

test.skipIf(noVerity)(`the digest that the kernel keeps${noVerity ? `: ${noVerity}` : ""}`, async () => {
  const [image, folder] = [join(scratchFolder(), "image"), scratchFolder()];
  execFileSync("truncate", ["--size=32M", image]);
  execFileSync("mkfs.ext4", ["-q", "-O", "verity", "-b", "4096", image]);
  execFileSync("mount", ["-o", "loop", image, folder]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", folder]));
  const path = join(folder, "file");
  writeFileSync(path, "x");
  execFileSync("fsverity", ["enable", path]);
  const told = execFileSync("fsverity", ["digest", "--compact", path], { encoding: "utf8" }).trim();
  const fd = openSync(path, "r");
  expect(await measureVerity(fd)).toBe(`sha256:${told}`);
  closeSync(fd);
});

function checkVerity(): string | undefined {
  if (!existsSync("/sys/fs/ext4/features/verity")) return "this kernel has no fs-verity";
  return spawnSync("fsverity", ["--version"]).status === 0 ? undefined : "fsverity is not installed (package fsverity)";
}
