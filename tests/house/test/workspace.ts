import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The folder of the checkout. */
export const root: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** What the tests look at in a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly scripts?: Record<string, string>;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly engines?: Record<string, string>;
  readonly files?: readonly string[];
  readonly os?: readonly string[];
  readonly license?: string;
}

/** The published packages: their folders and manifests. */
export const published: readonly { folder: string; manifest: Manifest }[] = readdirSync(join(root, "packages"))
  .map((name) => join(root, "packages", name))
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest }))
  .filter(({ manifest }) => manifest.private !== true);

/** The binary of `@procmon/native` for this machine: where there is a compiler, and root has one installed. Undefined where it is not built. */
export const ownBinary: string | undefined = findOwnBinary();

function findOwnBinary(): string | undefined {
  if (process.arch !== "x64" && process.arch !== "arm64") return undefined;
  // The Node.js of this checkout is one for glibc.
  const place = `prebuilds/linux-${process.arch}-glibc/procmon.node`;
  return process.getuid?.() === 0 || existsSync(join(root, "packages", "native", place)) ? place : undefined;
}

/** A program among the root's own tools. */
export function tool(name: string): string {
  return join(root, "node_modules", ".bin", name);
}

/** The Node.js of a major version. */
export function node(major: 20 | 22 | 24 | 26): string {
  if (major === 24) return join(root, "node_modules", "node", "bin", "node");
  return join(root, "tests", "house", "node_modules", `node-${major}`, "bin", "node");
}

/** What a program said and how it ended; a minute is all it gets. Never rejects. */
export async function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const output = await promisify(execFile)(command, args, {
      maxBuffer: 64 << 20,
      timeout: 60_000,
      killSignal: "SIGKILL",
      ...options,
    });
    return { code: 0, ...output };
  } catch (error) {
    const failed = error as { code?: number | string; stdout?: string; stderr?: string; message: string };
    const code = typeof failed.code === "number" ? failed.code : -1;
    return { code, stdout: failed.stdout ?? "", stderr: failed.stderr || failed.message };
  }
}
