import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirement } from "@procmon-internal/fixtures";

/** Debian has headers that differ between processors in a folder of their own. */
const HEADERS = `/usr/include/${process.arch === "x64" ? "x86_64" : "aarch64"}-linux-gnu`;

/** Why BPF programs cannot be compiled and loaded here; undefined if they can. */
export function missingForBpf(): string | undefined {
  const missing = requirement("root");
  if (missing !== undefined) return missing;
  const { status } = spawnSync("clang", ["-target", "bpf", "-fsyntax-only", "-idirafter", HEADERS, "-x", "c", "-"], {
    input: "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n",
  });
  return status === 0 ? undefined : "needs clang and libbpf's headers (packages clang and libbpf-dev)";
}

/** Compiles the BPF programs beside this file into a new folder, which is the caller's to remove. */
export function compileBpf(): string {
  const sources = join(import.meta.dirname, "bpf");
  const folder = mkdtempSync(join(tmpdir(), "procmon-bpf-"));
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(sources).filter((file) => file.endsWith(".bpf.c"))) {
    const out = join(folder, name.replace(/\.bpf\.c$/, ".o"));
    const flags = ["-g", "-O2", "-target", "bpf", "-mcpu=v3", "-Wall", "-Werror", "-idirafter", HEADERS];
    execFileSync("clang", [...flags, "-c", join(sources, name), "-o", out], { stdio: ["ignore", "ignore", "inherit"] });
  }
  return folder;
}
