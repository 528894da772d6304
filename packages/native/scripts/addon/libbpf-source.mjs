import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { privateApt } from "./private-apt.mjs";
import { sourcesWithSourcePackages } from "./source-packages.mjs";

const CACHE = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "libbpf");

/** Where nobody answers, set-up and build shall not both wait, nor each start. */
const ASK_AGAIN_MS = 5 * 60_000;
const REFUSAL = join(CACHE, "unavailable");

/** Before 1.0 it had other functions. */
const OLDEST_MAJOR = 1;

let found;

/**
 * The sources of libbpf: those in the folder that PROCMON_LIBBPF names, else the source package of this Debian-like system, fetched once.
 *
 * @returns its folder, version and a hash of what is in it; where there are none, why
 * @typedef {{ folder: string, version: string, hash: string }} LibbpfSource
 */
export function libbpfSource() {
  found ??= findSource();
  return found;
}

function findSource() {
  try {
    return describe(process.env.PROCMON_LIBBPF || cachedSource());
  } catch (error) {
    return { why: error.message };
  }
}

function describe(folder) {
  const text = readFileSync(join(folder, "src", "libbpf_version.h"), "utf8");
  const [major, minor] = ["MAJOR", "MINOR"].map((part) =>
    Number(new RegExp(`LIBBPF_${part}_VERSION (\\d+)`).exec(text)?.[1]),
  );
  if (!(major >= OLDEST_MAJOR)) throw new Error(`libbpf ${major}.${minor} is too old: ${OLDEST_MAJOR}.0 or newer`);
  const hash = createHash("sha256");
  for (const part of ["src", "include"]) {
    for (const name of readdirSync(join(folder, part), { recursive: true }).sort()) {
      if (/\.[ch]$/.test(name)) hash.update(name).update(readFileSync(join(folder, part, name)));
    }
  }
  return { folder, version: `${major}.${minor}`, hash: hash.digest("hex") };
}

function cachedSource() {
  const folder = join(CACHE, "source");
  if (!existsSync(folder)) {
    if (existsSync(REFUSAL) && Date.now() - statSync(REFUSAL).mtimeMs < ASK_AGAIN_MS) {
      throw new Error(readFileSync(REFUSAL, "utf8"));
    }
    mkdirSync(CACHE, { recursive: true });
    const unfinished = mkdtempSync(join(CACHE, ".source-"));
    try {
      const unpacked = fetchSource(unfinished);
      if (!existsSync(folder)) renameSync(unpacked, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return folder;
}

function fetchSource(folder) {
  const parts = join(folder, "sources");
  mkdirSync(parts);
  for (const [name, text] of sourcesWithSourcePackages()) writeFileSync(join(parts, name), text);
  const run = privateApt(folder, ["Dir::Etc::sourcelist=/dev/null", `Dir::Etc::sourceparts=${parts}`]);
  run("update");
  const why = run("source", "--download-only", "libbpf");
  const tarball = readdirSync(folder).find((name) => /^libbpf_.*\.orig\.tar\.\w+$/.test(name));
  if (tarball === undefined) {
    const refusal = `apt-get gives no source package libbpf (${why ?? "it is empty"}); are the package sources within reach?`;
    writeFileSync(REFUSAL, refusal);
    throw new Error(refusal);
  }
  const unpacked = join(folder, "unpacked");
  mkdirSync(unpacked);
  execFileSync("tar", ["-xf", join(folder, tarball), "-C", unpacked, "--strip-components=1"]);
  return unpacked;
}
