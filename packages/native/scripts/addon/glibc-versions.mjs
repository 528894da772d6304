import { execFileSync } from "node:child_process";

/** The oldest glibc that the binaries run on. Node.js 20 asks for 2.28 itself; builds of others for old machines go down to this. */
export const OLDEST_GLIBC = "2.17";

/**
 * Which version of each function an object file is to ask for: the newest that the oldest glibc has. Without it the linker takes the newest
 * of this machine, though hardly any function has changed: `pthread_create` of glibc 2.34 is the old one in another library.
 *
 * @param undefinedNames names that the object files use and do not hold
 * @param libc the shared library
 * @returns names with their versions, and those that the oldest glibc does not have
 */
export function chooseVersions(undefinedNames, libc, readelf) {
  const offered = readVersions(libc, readelf);
  const chosen = new Map();
  const tooNew = [];
  for (const name of undefinedNames) {
    const versions = offered.get(name) ?? [];
    const version = versions
      .filter((candidate) => compareVersions(candidate, OLDEST_GLIBC) <= 0)
      .sort(compareVersions)
      .at(-1);
    if (version !== undefined) chosen.set(name, `GLIBC_${version}`);
    else if (versions.length > 0) tooNew.push(`${name} (glibc ${versions.sort(compareVersions)[0]})`);
  }
  return { chosen, tooNew };
}

/** Function names and the versions that a glibc has of them. Private versions are left out. */
function readVersions(libc, readelf) {
  const table = execFileSync(readelf, ["-W", "--dyn-syms", libc], { encoding: "utf8", maxBuffer: 64 << 20 });
  const versions = new Map();
  for (const [, name, version] of table.matchAll(/ (\w+)@@?GLIBC_([\d.]+)$/gm)) {
    versions.set(name, [...(versions.get(name) ?? []), version]);
  }
  return versions;
}

/** Compares 2.3.4 with 2.17. */
export function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
