import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";

const PACKAGE = join(import.meta.dirname, "..", "..");
const SOURCES = join(PACKAGE, "bpf");
const ENTRY = join(SOURCES, "procmon.bpf.c");

/** What is built. */
export const OBJECT = join(PACKAGE, "dist", "procmon.bpf.o");

const COMPILE = [
  // The types that the loader needs are made of the debugging information.
  ["-g", "-O2", "-target", "bpf", "-mcpu=v3"],
  ["-Wall", "-Werror"],
  // No name of a folder of this machine.
  [`-ffile-prefix-map=${PACKAGE}=.`, "-fdebug-compilation-dir=."],
].flat();

/**
 * Compiles the programs. The same sources, compiler and headers make the same bytes in whatever folder.
 *
 * @throws Error with what the compiler said
 */
export async function compileBpf({ clang, strip, includes }, file) {
  mkdirSync(dirname(file), { recursive: true });
  const scratch = mkdtempSync(join(dirname(file), ".build-"));
  try {
    const object = join(scratch, "procmon.bpf.o");
    await run(clang, [...COMPILE, ...includes, "-c", relative(PACKAGE, ENTRY), "-o", object]);
    // Only what debuggers need: the loader's types stay.
    await run(strip, ["-g", object]);
    renameSync(object, file);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Changes whenever the result would, short of new headers of the system. */
export function hashOfInputs({ version, includes }) {
  const hash = createHash("sha256").update(JSON.stringify([version, includes]));
  for (const folder of [SOURCES, import.meta.dirname]) {
    for (const name of readdirSync(folder, { recursive: true }).sort()) {
      if (/\.(c|h|mjs)$/.test(name))
        hash
          .update(name)
          .update("\0")
          .update(readFileSync(join(folder, name)));
    }
  }
  return hash.digest("hex");
}

async function run(command, args) {
  try {
    await promisify(execFile)(command, args, { cwd: PACKAGE });
  } catch (error) {
    throw new Error(error.stderr || error.message);
  }
}
