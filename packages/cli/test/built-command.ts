import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** The built command. */
export const MAIN: string = join(ROOT, "packages/cli/dist/main.js");

/** What the tests of the command run. */
const PACKAGES = ["core", "method-proc", "hashing", "serialize-grpc", "cli"];

function newestSource(): number {
  let newest = 0;
  for (const name of PACKAGES) {
    const folder = join(ROOT, "packages", name, "src");
    for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (entry.endsWith(".ts") && !entry.endsWith(".test.ts")) {
        newest = Math.max(newest, statSync(join(folder, entry)).mtimeMs);
      }
    }
  }
  return newest;
}

function isFresh(): boolean {
  const outputs = PACKAGES.map((name) => join(ROOT, "packages", name, "dist", name === "cli" ? "main.js" : "index.js"));
  if (!outputs.every((output) => existsSync(output))) return false;
  return Math.min(...outputs.map((output) => statSync(output).mtimeMs)) >= newestSource();
}

/** Builds the command and the packages it needs, unless they are built. Test files that run side by side wait for each other. */
export function buildCommand(): void {
  if (isFresh()) return;
  const turbo = join(ROOT, "node_modules/.bin/turbo");
  const build = `"${turbo}" run build --force --filter=@procmon/cli`;
  execFileSync("flock", [join(tmpdir(), "procmon-cli-build.lock"), "sh", "-c", build], { cwd: ROOT, stdio: "pipe" });
}

/** A method that counts bytes which nobody moved; `counting-method.mjs` tells what it says. */
export const COUNTING_METHOD: string = fileURLToPath(new URL("counting-method.mjs", import.meta.url));

/** What came of running the command. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** How to run it. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its arguments that start the command. */
  readonly through?: readonly string[];
}

/** Starts it as a user without any privilege (nobody), which takes root. */
export const AS_NOBODY: readonly string[] = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];

/** Starts it without any privilege: those who have none start it as they are. */
export const UNPRIVILEGED: readonly string[] = process.getuid?.() === 0 ? AS_NOBODY : [];

/** Skips the test, and says what it needs, where the command cannot be started through this. */
export function needsStart(
  { skip }: TestContext,
  through: readonly string[],
  need = "needs root, setpriv, and a checkout that other users may read",
): void {
  const readable = `fs.accessSync(${JSON.stringify(MAIN)}, fs.constants.R_OK)`;
  const [program = "", ...rest] = [...through, process.execPath, "-e", readable];
  skip(spawnSync(program, rest, { cwd: "/" }).status !== 0, need);
}

/** Runs the built command to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const [program = "", ...rest] = [...(options.through ?? []), process.execPath, MAIN, ...args];
  const began = performance.now();
  const child = spawn(program, rest, { cwd: "/", env: { PATH: process.env.PATH, ...options.env } });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const stdout = Buffer.concat(out).toString();
      resolve({ code, stdout, stderr: Buffer.concat(err).toString(), ms: performance.now() - began });
    });
  });
}
