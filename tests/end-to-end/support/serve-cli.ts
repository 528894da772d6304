import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { CLI } from "./run-cli.ts";
import { until } from "./serve-until.ts";

/** `procmon serve`, running. */
export interface ServeCli extends AsyncDisposable {
  readonly pid: number;
  /** What it said. */
  readonly output: string;
  kill(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): void;
  /** Its exit code; null where a signal ended it. */
  readonly exited: Promise<number | null>;
}

/** Starts the built command with a listener at that path, and waits until it serves, or has ended. */
export async function startServeCli(path: string): Promise<ServeCli> {
  if (!existsSync(CLI)) throw new Error("the command line is not built: npm run build");
  const child = spawn(process.execPath, [CLI, "serve", "--method", "proc", "--listen", `unix://${path}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const isUp = (): boolean => output.includes("Serving procmon.v1.Procmon") || child.exitCode !== null;
  await until(isUp, Boolean);

  return {
    pid: child.pid as number,
    get output() {
      return output;
    },
    kill: (signal) => void child.kill(signal),
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
