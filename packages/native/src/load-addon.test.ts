import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { requirement } from "@procmon-internal/fixtures";
import { afterAll, beforeEach, expect, it } from "vitest";
import { nativeSupport } from "./load-addon.ts";

// Each case is a copy of the package, used by a process of its own.

const PACKAGE = join(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "procmon-load-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const support = nativeSupport();
/** The binary's place in the package. */
const place = support.available ? support.binary.slice(PACKAGE.length + 1) : "";
const own = support.available ? readFileSync(support.binary) : Buffer.alloc(0);

beforeEach(({ skip }) => {
  // Root has a compiler installed, and so a binary.
  skip(!support.available && process.getuid?.() !== 0, support.available ? undefined : support.reason);
  expect(support).toMatchObject({ available: true });
});

/** What a process tells that uses a package with this binary. */
function use(binary: Uint8Array | undefined, options: { first?: string; through?: readonly string[] } = {}) {
  const folder = mkdtempSync(join(scratch, "package-"));
  cpSync(join(PACKAGE, "src"), join(folder, "src"), { recursive: true });
  cpSync(join(PACKAGE, "package.json"), join(folder, "package.json"));
  if (binary !== undefined) {
    mkdirSync(dirname(join(folder, place)), { recursive: true });
    writeFileSync(join(folder, place), binary);
  }
  const program = `
    ${options.first ?? ""}
    const { NativeError, nativeSupport, readClocks } = await import(${JSON.stringify(join(folder, "src", "index.ts"))});
    const support = nativeSupport();
    let thrown;
    try { readClocks(); } catch (error) { thrown = NativeError.isInstance(error) && [error.code, error.message]; }
    console.log(JSON.stringify({ support, thrown }));`;
  const [command = "", ...args] = [...(options.through ?? []), process.execPath];
  const said = execFileSync(command, [...args, "--no-warnings", "--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  return { binary: join(folder, place), ...(JSON.parse(said) as { support: unknown; thrown?: unknown }) };
}

function expectFailure(result: ReturnType<typeof use>, reason: string, remedy: string): void {
  expect(result.support).toEqual({
    available: false,
    reason: expect.stringContaining(reason),
    remedy: expect.stringContaining(remedy),
  });
  expect(result.thrown).toEqual(["NATIVE_UNAVAILABLE", expect.stringContaining(reason)]);
}

it("loads the binary of this machine", () => {
  const { support: found, binary, thrown } = use(own);
  expect({ found, thrown }).toEqual({ found: { available: true, binary }, thrown: undefined });
});

it("loads it where there is no procfs", ({ skip }) => {
  const missing = requirement("namespaces");
  skip(missing !== undefined, missing);
  const hidden = 'mount -t tmpfs none /proc && exec "$0" "$@"';
  const { support: found, binary } = use(own, { through: ["unshare", "--mount", "sh", "-c", hidden] });
  expect(found).toEqual({ available: true, binary });
});

it("says that the machine is none there are binaries for", () => {
  const first = 'Object.defineProperty(process, "arch", { value: "riscv64" });';
  expectFailure(use(own, { first }), "no binary for linux-riscv64", "x64 and arm64");
});

it("says that the binary is missing", () => {
  const result = use(undefined);
  expectFailure(result, `is missing: ${result.binary}`, "npm run setup");
});

it.each([
  ["empty", () => Buffer.alloc(0), "cut off", "Install the package again"],
  ["cut off", () => own.subarray(0, 3000), "cut off", "Install the package again"],
  [
    "no binary at all",
    () => Buffer.from("#!/bin/sh\n".repeat(1000)),
    "invalid ELF header",
    "Install the package again",
  ],
  ["a library that is no addon", aLibrary, "could not be loaded", "Install the package again"],
  ["for a newer C library", () => replaced("GLIBC_2.17", "GLIBC_2.97"), "GLIBC_2.97", "C library of this system"],
  [
    "for a newer Node.js",
    () => replaced("napi_create_bigint_int64", "napi_create_bigint_int96"),
    "napi_create_bigint_int96",
    "update Node.js",
  ],
])("says what is wrong with a binary that is %s", (_, binary, reason, remedy) => {
  expectFailure(use(binary()), reason, remedy);
});

function replaced(from: string, to: string): Buffer {
  return Buffer.from(own.toString("latin1").replaceAll(from, to), "latin1");
}

function aLibrary(): Buffer {
  const path = /\/\S+\/libm\.so\.6$/m.exec(readFileSync("/proc/self/maps", "latin1"))?.[0];
  return readFileSync(path ?? "");
}
