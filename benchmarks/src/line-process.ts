import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program that says in one line that it is ready, and in another one what it found. */
export interface LineProcess {
  readonly child: ChildProcess;
  /** The next line, which is JSON. @throws Error if it ends before */
  next<Line>(): Promise<Line>;
  /** Sends a line. */
  tell(line: string): void;
  /** Waits for its end, after the last line was read. */
  ended(): Promise<void>;
}

/** Starts it and waits until it is ready. What it writes to standard error is shown. */
export async function startLineProcess(command: readonly string[], cwd?: string): Promise<LineProcess> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], ...(cwd === undefined ? {} : { cwd }) });
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <Line>(): Promise<Line> => {
    const { done, value } = await lines.next();
    if (done) throw new Error(`${program} ended`);
    return JSON.parse(value) as Line;
  };
  await next();
  return {
    child,
    next,
    tell: (line) => void child.stdin.write(`${line}\n`),
    async ended() {
      child.stdin.end();
      await closed;
    },
  };
}
