import { closeSync, openSync } from "node:fs";
import { release } from "node:os";
import { type FuseFile, requirement, startFuse } from "@procmon-internal/fixtures";
import { it as base, beforeEach, describe, expect } from "vitest";
import { nativeSupport } from "../load-addon.ts";
import { measureVerity } from "./measure-verity.ts";

// Of the file systems only FUSE answers here for certain: the kernel has to be built for the others.

const support = nativeSupport();

beforeEach(({ skip }) => {
  skip(!support.available && process.getuid?.() !== 0, support.available ? undefined : support.reason);
});

const failure = (code: string): unknown => expect.objectContaining({ name: "NativeError", code });

function measure(path: string) {
  const fd = openSync(path, "r");
  try {
    return measureVerity(fd);
  } finally {
    closeSync(fd);
  }
}

base.each(["/", "/proc/self/stat", "/dev/null", import.meta.filename])("undefined where there is none: %s", (path) => {
  expect(measure(path)).toBeUndefined();
});

base("a closed descriptor", () => {
  const fd = openSync("/dev/null", "r");
  closeSync(fd);
  expect(() => measureVerity(fd)).toThrow(failure("EBADF"));
  expect(() => measureVerity(fd)).toThrow(/^ioctl failed: bad file descriptor/);
});

base.each([-1, 0.5, Number.NaN, 2 ** 32, "0" as never, undefined as never])("what is no descriptor: %s", (value) => {
  expect(() => measureVerity(value)).toThrow(failure("EINVAL"));
});

describe("what a FUSE server says", () => {
  const missing = requirement("fuse") ?? missingKernel();
  const it = base.skipIf(missing !== undefined);

  async function measureThere(file: FuseFile) {
    await using fuse = await startFuse();
    return measure(fuse.path(file));
  }

  it.each([
    ["verity", "sha256", 32],
    ["verity-other", "alg-9", 48],
  ] as const)("of %s", async (file, algorithm, bytes) => {
    expect(await measureThere(file)).toEqual({ algorithm, digest: Buffer.alloc(bytes, 0xab) });
  });

  it("more than there is room for", async () => {
    await expect(measureThere("verity-lie")).rejects.toThrow(failure("EOVERFLOW"));
  });

  it("that there is none", async () => {
    expect(await measureThere("slow")).toBeUndefined();
  });
});

/** Older ones do not pass the question on. */
function missingKernel(): string | undefined {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 10) ? undefined : "Linux before 6.10 asks no FUSE server for fs-verity";
}
