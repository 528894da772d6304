import { execFileSync, spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { muslSysroot } from "./musl-sysroot.mjs";
import { GNU_ARCH, hostTarget } from "./targets.mjs";

/**
 * What compiles for one target: the compiler, the prefix of the other tools' names, flags for headers and libraries, the shared C library.
 *
 * @typedef {{ compiler: string, version: string, prefix: string, includes: string[], libraries: string[], libc: string }} Toolchain
 */

let host;

/** This machine's own compiler; undefined where there is none that works (yet), or no target for this machine. */
export function hostToolchain() {
  host ??= findHostToolchain();
  return host;
}

function findHostToolchain() {
  const target = hostTarget();
  if (target === undefined) return undefined;
  for (const compiler of ["g++", "c++"]) {
    const version = versionOf(compiler);
    if (version !== undefined) return toolchainOf(compiler, version, "", target.libc);
  }
  return undefined;
}

/**
 * Debian's compiler for a target, with Debian's C libraries, on whatever machine this runs.
 *
 * @throws Error that tells which package is missing
 */
export function releaseToolchain(target) {
  const triple = `${GNU_ARCH[target.arch]}-linux-gnu`;
  const compiler = `${triple}-g++`;
  const version = versionOf(compiler);
  if (version === undefined) {
    throw new Error(`There is no ${compiler}: install Debian's package g++-${triple.replace("_", "-")}.`);
  }
  if (target.libc === "glibc") return toolchainOf(compiler, version, `${triple}-`, "glibc");
  const sysroot = muslSysroot(target.arch);
  const ownHeaders = fileOf(compiler, "include");
  return {
    compiler,
    version,
    prefix: `${triple}-`,
    includes: ["-nostdinc", "-isystem", sysroot.include, "-isystem", ownHeaders, "-isystem", sysroot.kernelHeaders],
    // By name, which is all that the binary notes: Debian's libc.so has no name of its own inside.
    libraries: [`-L${dirname(sysroot.libc)}`, "-lc"],
    libc: sysroot.libc,
  };
}

/** Headers and libraries are where the compiler looks for them. Up to glibc 2.33 threads are a library of their own. */
function toolchainOf(compiler, version, prefix, kind) {
  const libc = fileOf(compiler, kind === "glibc" ? "libc.so.6" : "libc.so");
  return { compiler, version, prefix, includes: [], libraries: ["-Wl,--as-needed", "-lpthread", "-lc"], libc };
}

function fileOf(compiler, name) {
  return execFileSync(compiler, [`-print-file-name=${name}`], { encoding: "utf8" }).trim();
}

/** The first line of `--version`; undefined where the compiler is not there, or lacks the headers of the C library and the kernel. */
function versionOf(compiler) {
  const check = ["-x", "c++", "-nostdinc++", "-fsyntax-only", "-"];
  const input = "#include <linux/netlink.h>\n#include <pthread.h>\n#include <sys/socket.h>\n";
  if (spawnSync(compiler, check, { input }).status !== 0) return undefined;
  return execFileSync(compiler, ["--version"], { encoding: "utf8" }).split("\n")[0];
}
