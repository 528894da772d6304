import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** `programs/hold-audit.ts` while it runs. */
export interface HeldAudit {
  readonly pid: number;
  /** Of its rules; undefined where it did not come that far. */
  readonly key: string | undefined;
  /** Lets it leave. */
  end(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts it, and waits until all is there or it has killed itself. @param killAt 0 for never */
export async function holdAudit(killAt: number, port?: number): Promise<HeldAudit> {
  const program = join(import.meta.dirname, "programs", "hold-audit.ts");
  const numbers = [killAt, ...(port === undefined ? [] : [port])].map(String);
  const child = spawn(process.execPath, ["--no-warnings", "--conditions=@procmon/source", program, ...numbers], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const { done, value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const end = async (): Promise<void> => {
    child.stdin.on("error", () => {}).end();
    await closed;
  };
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await closed;
  };
  return { pid: child.pid ?? 0, key: done ? undefined : (JSON.parse(value) as { key: string }).key, end, kill };
}
