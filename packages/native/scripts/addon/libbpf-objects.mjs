import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { runCompiler } from "./run-compiler.mjs";

const PACKAGE = join(import.meta.dirname, "..", "..");
const CACHE = join(PACKAGE, "node_modules", ".cache", "libbpf", "objects");
/** What stands in for libelf, zlib and the parts that are left out. */
const OWN = join(PACKAGE, "addon", "libbpf");
/** Linking objects, user-space probes, loaders in BPF, and the files of others: see left_out.c. */
const LEFT_OUT = new Set(["linker.c", "usdt.c", "gen_loader.c", "elf.c"]);

const FLAGS = [
  ["-x", "c", "-std=gnu11", "-O2", "-fPIC", "-pthread"],
  ["-fvisibility=hidden", "-DLIBBPF_API=", "-ffunction-sections", "-fdata-sections", "-fstack-protector-strong"],
].flat();

/**
 * Flags for what includes libbpf's headers.
 *
 * @param source see `libbpfSource`
 */
export function libbpfIncludes(source) {
  return ["src", join("include", "uapi")].flatMap((part) => ["-isystem", join(source.folder, part)]);
}

/**
 * Compiles libbpf for a target; once, as long as neither it nor the compiler changes.
 *
 * @param flags more flags, for target or sanitizers
 * @returns the object files, which are not to be changed
 */
export async function libbpfObjects(source, target, toolchain, flags) {
  const files = sourceFiles(source);
  const own = readdirSync(OWN).sort();
  const hash = createHash("sha256").update(
    JSON.stringify([source.hash, target, toolchain.version, toolchain.compiler, FLAGS, flags]),
  );
  for (const name of own) hash.update(name).update(readFileSync(join(OWN, name)));
  const folder = join(CACHE, `${target.name}-${hash.digest("hex").slice(0, 16)}`);
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    const unfinished = mkdtempSync(join(CACHE, ".unfinished-"));
    try {
      await Promise.all(files.map((file) => compileFile(file, source, toolchain, flags, unfinished)));
      if (!existsSync(folder)) renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return files.map((file) => join(folder, `${basename(file)}.o`));
}

function sourceFiles(source) {
  const folder = join(source.folder, "src");
  const theirs = readdirSync(folder).filter((name) => name.endsWith(".c") && !LEFT_OUT.has(name));
  const own = readdirSync(OWN).filter((name) => name.endsWith(".c"));
  return [...own.map((name) => join(OWN, name)), ...theirs.map((name) => join(folder, name))].sort((a, b) =>
    basename(a) < basename(b) ? -1 : 1,
  );
}

async function compileFile(file, source, { compiler, includes }, flags, folder) {
  const name = basename(file);
  const places = [`-ffile-prefix-map=${source.folder}=libbpf`, `-ffile-prefix-map=${PACKAGE}=.`];
  const internal = ["-isystem", join(source.folder, "include")];
  const headers = ["-I", OWN, ...internal, ...libbpfIncludes(source), ...includes];
  const warnings = file.startsWith(OWN) ? ["-Wall", "-Wextra", "-Werror"] : ["-w"];
  const args = [...FLAGS, ...warnings, ...headers, ...places, `-frandom-seed=${name}`, ...flags];
  await runCompiler(compiler, [...args, "-c", file, "-o", join(folder, `${name}.o`)]);
}
