import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { SequenceReport } from "./serve-sequence.ts";
import { until } from "./serve-until.ts";

/** `serve-client-program.ts`, running. */
export interface ClientProcess extends AsyncDisposable {
  /** What its first stream has seen so far. */
  report(): Promise<SequenceReport>;
  kill(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
  /** The codes of the errors with which its streams ended; undefined where it was killed before. */
  readonly errors: Promise<readonly string[] | undefined>;
}

/** Starts it, and waits until its streams have begun. */
export async function startClientProcess(address: string, streams = 1): Promise<ClientProcess> {
  const program = join(import.meta.dirname, "serve-client-program.ts");
  const child = spawn(process.execPath, ["--conditions=@procmon/source", program, address, String(streams)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const waiting: ((report: SequenceReport) => void)[] = [];
  let isReady = false;
  let errors: readonly string[] | undefined;
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (text) => {
    const line = JSON.parse(text) as SequenceReport & { readonly errors?: readonly string[] };
    if (line.errors !== undefined) errors = line.errors;
    else if (isReady) waiting.shift()?.(line);
    isReady = true;
  });
  await until(() => isReady || child.exitCode !== null, Boolean);
  if (child.exitCode !== null) throw new Error(`The client ended with ${child.exitCode}.`);

  return {
    errors: once(lines, "close").then(() => errors),
    report() {
      const report = new Promise<SequenceReport>((resolve) => void waiting.push(resolve));
      child.stdin.write("report\n");
      return report;
    },
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
