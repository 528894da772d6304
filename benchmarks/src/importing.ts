import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, timeOnce } from "./measure.ts";
import { report } from "./report.ts";

/** What the packages cost before they do anything. */
export async function importing(): Promise<void> {
  const here = fileURLToPath(new URL("..", import.meta.url));
  const run = (script: string) => execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: here });
  const procmon = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
  const empty: number[] = [];
  const withCore: number[] = [];
  const version: number[] = [];
  for (let i = 0; i < 15; i++) {
    empty.push(await timeOnce(() => run("")));
    withCore.push(await timeOnce(() => run('import "@procmon/core"')));
    version.push(await timeOnce(() => execFileSync(process.execPath, [procmon, "--version"])));
  }
  report("Importing", [
    {
      name: 'import "@procmon/core", over an empty script',
      value: median(withCore) - median(empty),
      unit: "ms",
      limit: { value: 30 },
    },
    {
      name: "procmon --version",
      value: median(version),
      unit: "ms",
      against: { name: "an empty script", value: median(empty) },
      limit: { ratio: 2.5 },
    },
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
