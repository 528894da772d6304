import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ServeAnswer } from "./serve-program.ts";
import { until } from "./serve-until.ts";

/** `serve-program.ts`, running. */
export interface ServeProcess extends AsyncDisposable {
  readonly pid: number;
  /** Of its socket, in a folder of its own. */
  readonly path: string;
  readonly address: string;
  /** What it said on standard error so far. */
  readonly complaints: string;
  readonly isAlive: boolean;
  /** What it says to a line of input. */
  ask(question: string): Promise<ServeAnswer>;
  /** Bytes that it uses, without garbage. */
  memory(): Promise<number>;
  /** Bytes, the most that it had in memory since this was asked the last time. */
  peak(): number;
  descriptors(): number;
  threads(): number;
}

/** Starts it, and waits until it serves. */
export async function startServeProcess(): Promise<ServeProcess> {
  const folder = mkdtempSync(join(tmpdir(), "procmon-serve-"));
  const path = join(folder, "s");
  const program = join(import.meta.dirname, "serve-program.ts");
  const child = spawn(process.execPath, ["--conditions=@procmon/source", "--expose-gc", program, path], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const waiting: ((answer: ServeAnswer) => void)[] = [];
  let complaints = "";
  let isReady = false;
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  child.stdin.on("error", () => {});
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (isReady) waiting.shift()?.(JSON.parse(line));
    isReady = true;
  });
  await until(() => isReady || !isAlive(), Boolean);
  if (!isAlive()) throw new Error(`The server did not start: ${complaints}`);

  async function ask(question: string): Promise<ServeAnswer> {
    const answer = new Promise<ServeAnswer>((resolve) => void waiting.push(resolve));
    child.stdin.write(`${question}\n`);
    const end = exited.then(([code, signal]) => {
      throw new Error(`The server ended with ${code ?? signal}: ${complaints}`);
    });
    return Promise.race([answer, end]);
  }

  const pid = child.pid as number;
  const status = (name: string): number => {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(text)?.[1]);
  };

  return {
    pid,
    path,
    address: `unix://${path}`,
    get complaints() {
      return complaints;
    },
    get isAlive() {
      return isAlive() && existsSync(`/proc/${pid}`);
    },
    ask,
    memory: async () => (await ask("memory")).used ?? Number.NaN,
    peak() {
      const bytes = status("VmHWM") * 1024;
      // proc(5): from now on.
      writeFileSync(`/proc/${pid}/clear_refs`, "5");
      return bytes;
    },
    descriptors: () => readdirSync(`/proc/${pid}/fd`).length,
    threads: () => status("Threads"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
