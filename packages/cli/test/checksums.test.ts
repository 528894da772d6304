import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { buildCommand, MAIN } from "./built-command.ts";

/** The command as it is installed without optional packages. */
let bare: string;

beforeAll(() => {
  buildCommand();
  const home = dirname(dirname(MAIN));
  // Not below the real one, where more packages are found.
  bare = mkdtempSync(join(tmpdir(), "procmon-bare-"));
  cpSync(dirname(MAIN), join(bare, "dist"), { recursive: true });
  cpSync(join(home, "package.json"), join(bare, "package.json"));
  mkdirSync(join(bare, "node_modules/@procmon"), { recursive: true });
  for (const name of ["commander", "fast-string-truncated-width", "@procmon/core", "@procmon/method-proc"]) {
    symlinkSync(join(home, "node_modules", name), join(bare, "node_modules", name));
  }
}, 120_000);

afterEach(() => rmSync(join(bare, "node_modules/@procmon/hashing"), { recursive: true, force: true }));
afterAll(() => rmSync(bare, { recursive: true }));

function runBare(...args: readonly string[]) {
  const program = [join(bare, "dist/main.js"), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, program, { encoding: "utf8", timeout: 30_000 });
  return { status, stdout, stderr };
}

/** Installs something that cannot be loaded. */
function installBroken(): void {
  const folder = join(bare, "node_modules/@procmon/hashing");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", exports: "./index.js" }));
  writeFileSync(join(folder, "index.js"), 'throw new Error("broken");');
}

const MISSING =
  "procmon: Checksums take the package @procmon/hashing, which is not installed. Try: npm install @procmon/hashing\n";
const BROKEN = "The package @procmon/hashing cannot be loaded: broken.";

it.each([
  ["watch", "--hash", "sha256", "--duration", "1s"],
  ["inspect", "1", "--hash", "sha256"],
])("%s %s ends with 4 and the command that installs what is missing", (...args) => {
  expect(runBare(...args)).toEqual({ status: 4, stdout: "", stderr: MISSING });
  installBroken();
  expect(runBare(...args)).toEqual({ status: 4, stdout: "", stderr: `procmon: ${BROKEN} Install it again.\n` });
});

it("inspect does without checksums where nobody has asked for them", () => {
  const pid = String(process.pid);
  const { status, stdout, stderr } = runBare("inspect", pid);
  expect(status).toBe(0);
  // Without privileges it says what else it may not read.
  expect(stderr).not.toContain("hashing");
  expect(stdout).toContain(`Process ${pid}\n`);
  expect(stdout).not.toContain("Checksums");
  installBroken();
  const told = runBare("inspect", pid);
  expect(told.status).toBe(0);
  expect(told.stderr).toContain(`procmon: Without checksums: ${BROKEN}\n`);
});
