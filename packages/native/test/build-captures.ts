import { execFileSync } from "node:child_process";
import { join } from "node:path";

const SCRIPT = join(import.meta.dirname, "..", "scripts", "build-addon.mjs");
const ENTRY = join(import.meta.dirname, "addon", "captures.cc");

/** Compiles `addon/captures.cc`, which makes captures of datagrams that are given to it, to this file. */
export function buildCaptures(out: string, ...flags: readonly "--sanitize"[]): void {
  const args = [SCRIPT, "--entry", ENTRY, "--out", out, ...flags];
  execFileSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
}
