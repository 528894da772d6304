import { spawnSync } from "node:child_process";

/**
 * What makes the object.
 *
 * @typedef {{ clang: string, version: string, strip: string, includes: string[] }} Tools
 */

/** clang 14 is the oldest that the programs were compiled with. */
const VERSIONS = ["", "-14", "-15", "-16", "-17", "-18", "-19", "-20", "-21", "-22"];

/** Where Debian has the headers that differ between processors; elsewhere they are with all others. */
const INCLUDES = {
  x64: ["-idirafter", "/usr/include/x86_64-linux-gnu"],
  arm64: ["-idirafter", "/usr/include/aarch64-linux-gnu"],
};

/**
 * This machine's own tools, or what is missing.
 *
 * @returns {{ tools?: Tools, missing?: string }}
 */
export function findTools() {
  const includes = INCLUDES[process.arch] ?? [];
  const compilers = VERSIONS.map((suffix) => `clang${suffix}`).filter(canCompile);
  if (compilers.length === 0) return { missing: "there is no clang that compiles for BPF" };
  const clang = compilers.find((name) => hasHeaders(name, includes));
  if (clang === undefined)
    return { missing: "libbpf's headers (bpf/bpf_helpers.h) or the kernel's (linux/bpf.h) are not installed" };
  // Any of them will do.
  const strip = VERSIONS.map((suffix) => `llvm-strip${suffix}`).find(runs);
  if (strip === undefined) return { missing: "there is no llvm-strip" };
  const version = spawnSync(clang, ["--version"], { encoding: "utf8" }).stdout.split("\n", 1)[0];
  return { tools: { clang, version, strip, includes } };
}

function runs(tool) {
  return spawnSync(tool, ["--version"]).status === 0;
}

function canCompile(clang) {
  return preprocesses(clang, [], "");
}

function hasHeaders(clang, includes) {
  return preprocesses(clang, includes, "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n");
}

function preprocesses(clang, includes, input) {
  const check = ["-target", "bpf", "-mcpu=v3", ...includes, "-fsyntax-only", "-x", "c", "-"];
  return spawnSync(clang, check, { input }).status === 0;
}
