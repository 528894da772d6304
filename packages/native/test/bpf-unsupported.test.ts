import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nativeSupport } from "@procmon/native";
import { requirement } from "@procmon-internal/fixtures";
import { afterAll, expect, it } from "vitest";

const packageFolder = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "procmon-without-bpf-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("without libbpf's sources there is everything but BPF, which says so", ({ skip }) => {
  const missing = requirement("cc");
  skip(missing !== undefined, missing);
  const support = nativeSupport();
  if (!support.available) throw new Error(support.reason);
  for (const part of ["src", "package.json"])
    cpSync(join(packageFolder, part), join(folder, part), { recursive: true });
  const binary = join(folder, support.binary.slice(support.binary.indexOf("prebuilds")));
  const env = { ...process.env, PROCMON_LIBBPF: join(folder, "nowhere") };
  const script = join(packageFolder, "scripts", "build-addon.mjs");
  execFileSync(process.execPath, [script, "--out", binary], { env, stdio: ["ignore", "ignore", "inherit"] });
  const program = `
    const { openBpfObject, readClocks } = await import(${JSON.stringify(join(folder, "src", "index.ts"))});
    if (readClocks().boottime <= 0n) throw new Error("no clocks");
    try { openBpfObject(new Uint8Array(1)); } catch ({ code, message }) { console.log(code, message); }`;
  const args = ["--no-warnings", "--input-type=module", "-e", program];
  expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toMatch(
    /^BPF_UNSUPPORTED The binary of @procmon\/native was built without libbpf,.* it cannot load BPF programs\.\n$/,
  );
});
