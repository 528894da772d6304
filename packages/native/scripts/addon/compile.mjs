import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { chooseVersions, OLDEST_GLIBC } from "./glibc-versions.mjs";
import { inspectBinary } from "./inspect-binary.mjs";
import { libbpfIncludes, libbpfObjects } from "./libbpf-objects.mjs";
import { libbpfSource } from "./libbpf-source.mjs";
import { NODE_API_HEADERS, NODE_API_VERSION } from "./node-api.mjs";
import { runCompiler } from "./run-compiler.mjs";

const PACKAGE = join(import.meta.dirname, "..", "..");
const ADDON = join(PACKAGE, "addon");
const ENTRY = join(ADDON, "addon.cc");
/** What is compiled only where there is libbpf. */
const BPF = join(ADDON, "bpf");

const COMPILE = [
  [
    "-std=c++17",
    "-O2",
    "-fPIC",
    "-pthread",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fvisibility=hidden",
    "-ffunction-sections",
    "-fdata-sections",
    "-fstack-protector-strong",
  ],
  // Of C++ the language only: the binary needs no library but libc. Atomics are the processor's own instructions, not libgcc's choice of them.
  ["-nostdinc++", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"],
  [`-DNAPI_VERSION=${NODE_API_VERSION}`],
].flat();
const COMPILE_FOR = { x64: [], arm64: ["-mno-outline-atomics"] };
const LINK = [
  ["-shared", "-nostdlib", "-static-libgcc"],
  // A reader's thread may still run its last lines when the environment of its worker is gone, and with it what dlopen(3) mapped.
  ["-Wl,--gc-sections", "-Wl,-z,nodelete", "-Wl,-z,now", "-Wl,-z,relro", "-Wl,-z,noexecstack", "-Wl,--build-id=none"],
].flat();
const SANITIZE = ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** Of libbpf: reading numbers wherever they lie and counting beyond what an int holds harm nothing on the machines that there are binaries for. */
const SANITIZE_LIBBPF = [...SANITIZE, "-fno-sanitize=alignment,signed-integer-overflow,shift"];

/**
 * Compiles the addon, with libbpf where its sources are to be had. The same sources, compiler and libraries make the same bytes in whatever folder.
 *
 * @param options.strict refuse functions that the oldest glibc lacks
 * @param options.entry what exports, instead of the addon's own: for tests of what it is made of
 * @param options.sanitize for AddressSanitizer, which the process has to preload, and the undefined behaviour sanitizer; not stripped
 * @throws Error with what the compiler said
 */
export async function compileAddon(target, toolchain, file, { entry = ENTRY, strict = false, sanitize = false } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  const scratch = mkdtempSync(join(dirname(file), ".build-"));
  try {
    const flags = COMPILE_FOR[target.arch];
    const objects = await compileSources(toolchain, scratch, entry, sanitize ? [...flags, ...SANITIZE] : flags);
    const libbpfFlags = sanitize ? [...flags, ...SANITIZE_LIBBPF] : flags;
    objects.push(...(await copiesOfLibbpf(target, toolchain, scratch, libbpfFlags)));
    if (target.libc === "glibc" && !sanitize) pinVersions(objects, toolchain, scratch, strict);
    const unfinished = join(scratch, "procmon.node");
    const kind = sanitize ? ["-lasan", "-lubsan"] : ["-s"];
    await runCompiler(toolchain.compiler, [
      ...LINK,
      ...objects,
      ...kind,
      ...toolchain.libraries,
      "-lgcc",
      "-o",
      unfinished,
    ]);
    if (!sanitize) refuseUnknownNames(unfinished, toolchain);
    renameSync(unfinished, file);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Changes whenever the result would. */
export function hashOfInputs(target, toolchain) {
  const { hash: libbpf = "none" } = libbpfSource();
  const hash = createHash("sha256").update(
    JSON.stringify([target, { ...toolchain, includes: [], libraries: [], libc: "" }, libbpf]),
  );
  const files = [ADDON, import.meta.dirname].flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .sort()
      .filter((name) => /\.\w+$/.test(name))
      .map((name) => join(folder, name)),
  );
  for (const path of [...files, join(NODE_API_HEADERS, "node_api.h")])
    hash.update(basename(path)).update(readFileSync(path));
  return hash.digest("hex");
}

function compileSources({ compiler, includes }, scratch, entry, more) {
  const source = libbpfSource();
  const hasBpf = source.folder !== undefined;
  const own = ["-I", ADDON, "-isystem", NODE_API_HEADERS];
  const flags = [...COMPILE, ...own, ...(hasBpf ? ["-DPROCMON_WITH_BPF"] : []), ...more];
  const parts = [ADDON, ...(hasBpf ? [BPF] : [])]
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => file.endsWith(".cc") && file !== ENTRY);
  return Promise.all(
    [...parts, entry].sort().map(async (file) => {
      const name = basename(file);
      const object = join(scratch, `${name}.o`);
      const places = [`-ffile-prefix-map=${PACKAGE}=.`, `-frandom-seed=${name}`];
      const libbpf = dirname(file) === BPF ? libbpfIncludes(source) : [];
      await runCompiler(compiler, [
        ...flags,
        ...libbpf,
        ...includes,
        ...places,
        "-c",
        relative(PACKAGE, file),
        "-o",
        object,
      ]);
      return object;
    }),
  );
}

/** Copies, since the versions of functions are written into object files. */
async function copiesOfLibbpf(target, toolchain, scratch, flags) {
  const source = libbpfSource();
  if (source.folder === undefined) return [];
  const objects = await libbpfObjects(source, target, toolchain, flags);
  return objects.map((object) => {
    const copy = join(scratch, `libbpf-${basename(object)}`);
    copyFileSync(object, copy);
    return copy;
  });
}

function pinVersions(objects, { prefix, libc }, scratch, strict) {
  const listed = execFileSync(`${prefix}nm`, ["-u", "-P", "-A", ...objects], { encoding: "utf8" });
  const names = new Set([...listed.matchAll(/: (\w+) [Uw]/g)].map(([, name]) => name));
  const { chosen, tooNew } = chooseVersions([...names].sort(), libc, `${prefix}readelf`);
  if (strict && tooNew.length > 0) throw new Error(`glibc ${OLDEST_GLIBC} does not have: ${tooNew.join(", ")}`);
  const list = join(scratch, "versions");
  writeFileSync(list, [...chosen].map(([name, version]) => `${name} ${name}@${version}\n`).join(""));
  for (const object of objects) execFileSync(`${prefix}objcopy`, [`--redefine-syms=${list}`, object]);
}

/** A linker that makes a shared library takes every name for one that somebody else has. */
function refuseUnknownNames(file, toolchain) {
  const { unknown, nodeApi } = inspectBinary(file, toolchain);
  if (unknown.length > 0) throw new Error(`Neither the addon nor the C library has: ${unknown.join(", ")}`);
  if (nodeApi === undefined)
    throw new Error(`The addon uses functions that Node-API ${NODE_API_VERSION} does not have.`);
}
