import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fixturePath } from "@procmon-internal/fixtures";

/** What a run of `procmon` gave. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command. */
export const CLI: string = join(import.meta.dirname, "../../../packages/cli/dist/main.js");

/** Runs the built `procmon`, after the steps of the fixture `enter`. */
export async function runCli(args: readonly string[], enter: readonly string[] = []): Promise<CliRun> {
  if (!existsSync(CLI)) throw new Error("the command line is not built: npm run build");
  const command = [process.execPath, CLI, ...args];
  if (enter.length > 0) command.unshift(fixturePath("enter"), enter.join(","));
  return new Promise((resolve) => {
    execFile(
      command[0] as string,
      command.slice(1),
      { maxBuffer: 1 << 27, timeout: 60_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}
