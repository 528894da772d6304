import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The system's own: it has the system's packages. */
const PYTHON = "/usr/bin/python3";

/** A Python program of tests/fixtures/python that answers questions, one after the other. */
export interface PythonPeer extends AsyncDisposable {
  /** The line that it began with. */
  readonly ready: unknown;
  /**
   * Asks, and waits for the answer. Several may be asked at once.
   *
   * @throws Error with the program's own words where it answers `{"error": …}`, or ends.
   */
  ask<Answer>(question: unknown): Promise<Answer>;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** How long a program may take until it is ready, and for one answer: a cold disk, many modules. */
const PATIENCE_MS = 50_000;

/**
 * Starts it.
 *
 * @param modules a folder with the modules that protoc made, see `pythonModules`
 */
export async function startPythonPeer(
  program: string,
  modules: string,
  args: readonly string[] = [],
): Promise<PythonPeer> {
  const path = join(import.meta.dirname, "../../fixtures/python", program);
  const env = { ...process.env, PYTHONPATH: modules, PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn(PYTHON, [path, ...args], { stdio: ["pipe", "pipe", "pipe"], env });
  const exited = once(child, "exit");
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-10_000);
  });
  child.stdin.on("error", () => {});
  const waiting: Waiting[] = [];
  let ended = false;
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => waiting.shift()?.resolve(JSON.parse(line)));
  lines.on("close", () => {
    ended = true;
    for (const { reject } of waiting.splice(0)) reject(new Error(`${program} ended: ${complaints}`));
  });

  function answer(): Promise<unknown> {
    if (ended) throw new Error(`${program} has ended: ${complaints}`);
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${program} does not answer: ${complaints}`));
      const timer = setTimeout(late, PATIENCE_MS);
      const settle =
        <Value>(how: (value: Value) => void) =>
        (value: Value) => {
          clearTimeout(timer);
          how(value);
        };
      waiting.push({ resolve: settle(resolve), reject: settle(reject) });
    });
  }

  async function end(): Promise<void> {
    child.kill("SIGKILL");
    await exited;
  }

  const ready = await answer().catch(async (error) => {
    await end();
    throw error;
  });
  return {
    ready,
    async ask<Answer>(question: unknown) {
      const asked = answer();
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const given = (await asked) as { readonly error?: string };
      if (given.error !== undefined) throw new Error(`${program}: ${given.error}`);
      return given as Answer;
    },
    [Symbol.asyncDispose]: end,
  };
}
