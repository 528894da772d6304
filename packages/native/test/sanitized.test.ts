import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nativeSupport } from "@procmon/native";
import { requirement } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildCaptures } from "./build-captures.ts";
import { compileBpf, missingForBpf } from "./compile-bpf.ts";
import { BPF_PROGRAMS, CAPTURE_PROGRAM, PROGRAMS, runProgram } from "./run-program.ts";

// The same programs with an addon that the sanitizers watch: no wrong access, no undefined behaviour, and no leak.

const folder = mkdtempSync(join(tmpdir(), "procmon-sanitized-"));
const packageFolder = join(import.meta.dirname, "..");

/** What Node itself leaves behind at its end. */
const SUPPRESSED = ["leak:CRYPTO_malloc"];

const missingBpf = missingForBpf();
let objects = "";
let env: Readonly<Record<string, string>>;

beforeAll(() => {
  const support = nativeSupport();
  if (!support.available || requirement("root") !== undefined) return;
  for (const part of ["src", "test/programs", "package.json"]) {
    cpSync(join(packageFolder, part), join(folder, part), { recursive: true });
  }
  const binary = join(folder, support.binary.slice(support.binary.indexOf("prebuilds")));
  const script = join(packageFolder, "scripts", "build-addon.mjs");
  execFileSync(process.execPath, [script, "--sanitize", "--out", binary], { stdio: ["ignore", "ignore", "inherit"] });
  const suppressions = join(folder, "suppressions");
  writeFileSync(suppressions, `${SUPPRESSED.join("\n")}\n`);
  env = {
    LD_PRELOAD: execFileSync("g++", ["-print-file-name=libasan.so"], { encoding: "utf8" }).trim(),
    ASAN_OPTIONS: "detect_leaks=1",
    LSAN_OPTIONS: `suppressions=${suppressions}:print_suppressions=0`,
  };
  if (missingBpf === undefined) objects = compileBpf();
}, 60_000);

afterAll(() => {
  for (const made of [folder, objects]) rmSync(made, { recursive: true, force: true });
});

it.for(PROGRAMS)("under the sanitizers: %s", async (name, { skip }) => {
  const missing = requirement("root");
  skip(missing !== undefined, missing);
  expect(await runProgram(name, { folder, env })).toEqual({ code: 0, stdout: "ok\n", stderr: "" });
});

it.for(BPF_PROGRAMS)("under the sanitizers: %s", async (name, { skip }) => {
  skip(missingBpf !== undefined, missingBpf);
  const settings = { ...env, PROCMON_TEST_BPF: objects };
  expect(await runProgram(name, { folder, env: settings })).toEqual({ code: 0, stdout: "ok\n", stderr: "" });
});

it(`under the sanitizers: ${CAPTURE_PROGRAM}`, async ({ skip }) => {
  const missing = requirement("root", "cc");
  skip(missing !== undefined, missing);
  const captures = join(folder, "captures.node");
  buildCaptures(captures, "--sanitize");
  const settings = { ...env, PROCMON_TEST_CAPTURES: captures };
  expect(await runProgram(CAPTURE_PROGRAM, { folder, env: settings })).toEqual({ code: 0, stdout: "ok\n", stderr: "" });
});

it("a leak would be told", async ({ skip }) => {
  const missing = requirement("root");
  skip(missing !== undefined, missing);
  const unsuppressed = { ...env, LSAN_OPTIONS: "" };
  const { code, stderr } = await runProgram("unreferenced", { folder, env: unsuppressed });
  expect(code).not.toBe(0);
  expect(stderr).toContain("LeakSanitizer");
});
