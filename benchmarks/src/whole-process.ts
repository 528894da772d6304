import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./measure.ts";

/** The built command line. */
export const PROCMON: string = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

/** What the kernel accounts for a command from start to end. */
export interface Account {
  /** Milliseconds of wall-clock time. */
  readonly wall: number;
  /** Milliseconds of CPU time, user and system. */
  readonly cpu: number;
  /** Peak resident memory in kB. */
  readonly peak: number;
  readonly status: number;
}

/** Runs commands in turn, A B C A B C …, so that what disturbs one disturbs all; gives each one's medians. They run where our packages resolve. */
export function compareCommands<Name extends string>(
  rounds: number,
  commands: Readonly<Record<Name, readonly string[]>>,
): Record<Name, Account> {
  const folder = mkdtempSync(join(tmpdir(), "procmon-bench-"));
  const measure = join(folder, "measure");
  execFileSync("cc", ["-O1", "-o", measure, fileURLToPath(new URL("../c/measure.c", import.meta.url))]);
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const names = Object.keys(commands) as Name[];
  const accounts = new Map<Name, Account[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const account = JSON.parse(execFileSync(measure, commands[name], { cwd, encoding: "utf8" })) as Account;
      if (round > 0) accounts.get(name)?.push(account);
    }
  }
  rmSync(folder, { recursive: true });
  return Object.fromEntries(names.map((name) => [name, middle(accounts.get(name) ?? [])])) as Record<Name, Account>;
}

function middle(accounts: readonly Account[]): Account {
  const of = (key: keyof Account) => median(accounts.map((account) => account[key]));
  return { wall: of("wall"), cpu: of("cpu"), peak: of("peak"), status: of("status") };
}
