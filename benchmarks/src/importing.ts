import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Row, report } from "./report.ts";
import { type Account, compareCommands, PROCMON } from "./whole-process.ts";

/** What the packages cost before they do anything. */
export async function importing(): Promise<void> {
  const script = (code: string) => [process.execPath, "--input-type=module", "-e", code];
  const took = compareCommands(15, {
    empty: script(""),
    core: script('import "@procmon/core"'),
    version: [process.execPath, PROCMON, "--version"],
  });
  const overEmpty = (name: string, { wall, status }: Account, value: number): Row => {
    if (status !== 0) throw new Error(`${name} ends with ${status}.`);
    return { name: `${name}, over an empty script`, value: wall - took.empty.wall, unit: "ms", limit: { value } };
  };
  report("Importing", [
    overEmpty('import "@procmon/core"', took.core, 30),
    overEmpty("procmon --version", took.version, 40),
    { name: "core, packed", value: packedSize("core") / 1000, unit: "kB", limit: { value: 80 } },
  ]);
}

function packedSize(name: string): number {
  const folder = mkdtempSync(join(tmpdir(), "procmon-bench-"));
  const cwd = fileURLToPath(new URL(`../../packages/${name}`, import.meta.url));
  const packed = execFileSync("pnpm", ["pack", "--json", "--pack-destination", folder], { cwd, encoding: "utf8" });
  const size = statSync((JSON.parse(packed) as { filename: string }).filename).size;
  rmSync(folder, { recursive: true });
  return size;
}
