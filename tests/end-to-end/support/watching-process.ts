import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "vitest";
import type { WatchAnswer, WatchedEvent } from "./watch-processes.ts";

/** `watch-processes.ts`, running. */
export interface WatchingProcess extends AsyncDisposable {
  readonly pid: number;
  /** All that it told so far. */
  readonly events: readonly WatchedEvent[];
  ask(question: string): Promise<WatchAnswer>;
  /** Whether the end of a process has been told, with a time of `since` (milliseconds since the epoch) or later. */
  hasExited(pid: number, since?: number): boolean;
  /** Waits for the end of a process to be told, with a time of `since` (milliseconds since the epoch) or later. */
  exitOf(pid: number, since?: number): Promise<void>;
  kill(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
}

/** Starts it, and waits until it watches. */
export async function startWatchingProcess(): Promise<WatchingProcess> {
  const program = join(import.meta.dirname, "watch-processes.ts");
  const child = spawn(process.execPath, ["--conditions=@procmon/source", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const events: WatchedEvent[] = [];
  const answers: WatchAnswer[] = [];
  let isReady = false;
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as WatchedEvent | WatchAnswer;
    if ("type" in line) events.push(line);
    else if (isReady) answers.push(line as WatchAnswer);
    else isReady = true;
  });
  await expect.poll(() => isReady || child.exitCode !== null, { timeout: 30_000 }).toBe(true);
  function hasExited(pid: number, since = 0): boolean {
    return events.some((event) => event.type === "exit" && event.pid === pid && (event.at ?? 0) >= since);
  }

  return {
    pid: child.pid as number,
    events,
    hasExited,
    async ask(question) {
      child.stdin.write(`${question}\n`);
      await expect.poll(() => answers.length, { timeout: 30_000 }).toBeGreaterThan(0);
      return answers.shift() as WatchAnswer;
    },
    async exitOf(pid, since) {
      await expect.poll(() => hasExited(pid, since), { timeout: 30_000 }).toBe(true);
    },
    kill: (signal) => void process.kill(child.pid as number, signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
