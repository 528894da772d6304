import { spawn } from "node:child_process";
import { once } from "node:events";

/** A running program. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
}

/** Starts a program that writes something when it is ready, and ends when its standard input does. */
export async function spawnProgram(path: string, args: readonly string[], cwd?: string): Promise<Program> {
  const child = spawn(path, args, { stdio: ["pipe", "pipe", "inherit"], ...(cwd === undefined ? {} : { cwd }) });
  const exited = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exited.then(([code]) => Promise.reject(new Error(`exit ${code}`)))]);
  return {
    pid: child.pid as number,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
