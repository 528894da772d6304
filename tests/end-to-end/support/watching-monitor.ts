import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Answers, MonitorSetup, Ready } from "./watch-everything.ts";

/** `watch-everything.ts`, running. */
export interface WatchingMonitor extends AsyncDisposable {
  readonly pid: number;
  readonly ready: Ready;
  ask<Name extends keyof Answers>(name: Name, ...args: Parameters<Answers[Name]>): Promise<ReturnType<Answers[Name]>>;
  /** What it wrote to standard error. */
  readonly complaints: () => string;
  readonly exited: Promise<unknown>;
  kill(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
}

/**
 * Starts it, and waits until it watches or could not start.
 *
 * @param before a program that runs it, with arguments: `["setpriv", …]`
 * @param nodeOptions of Node.js
 */
export async function startWatchingMonitor(
  setup: MonitorSetup = {},
  before: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): Promise<WatchingMonitor> {
  const program = join(import.meta.dirname, "watch-everything.ts");
  const options = ["--expose-gc", "--conditions=@procmon/source", ...nodeOptions];
  const node = [process.execPath, ...options, program, JSON.stringify(setup)];
  const [command, ...args] = [...before, ...node];
  const child = spawn(command as string, args, { stdio: ["pipe", "pipe", "pipe"] });
  const exited = once(child, "exit");
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the monitor's process ended: ${complaints}`);
    return JSON.parse(value as string);
  };
  const ready = (await next()) as Ready;

  return {
    pid: ready.pid,
    ready,
    async ask(name, ...asked) {
      child.stdin.write(`${JSON.stringify([name, ...asked])}\n`);
      return ((await next()) as { answer: unknown }).answer as ReturnType<Answers[typeof name]>;
    },
    complaints: () => complaints,
    exited,
    kill: (signal) => void process.kill(ready.pid, signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
