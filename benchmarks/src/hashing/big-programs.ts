import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, truncateSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_PROCFS, type Process, readProcess } from "@procmon/core";

/** Programs of this size that run. */
export interface BigPrograms extends AsyncDisposable {
  readonly paths: readonly string[];
  /** The processes that run them, as files that nobody has seen: their change time is new. */
  fresh(): Promise<readonly Process[]>;
}

/** After a change the times of a file have to be so old that the next change would show. Milliseconds. */
const SETTLE_MS = 50;

/** Starts so many copies of sleep(1), filled up with noise. Their pages are in memory. */
export async function startBigPrograms(count: number, bytes: number): Promise<BigPrograms> {
  const folder = mkdtempSync(join(tmpdir(), "procmon-bench-"));
  const paths = Array.from({ length: count }, (_, number) => join(folder, `program-${number}`));
  for (const path of paths) await makeBig(path, bytes);
  const children = paths.map((path) => spawn(path, ["100000"], { stdio: "ignore" }));
  await Promise.all(children.map((child) => once(child, "spawn")));
  return {
    paths,
    async fresh() {
      for (const [index, path] of paths.entries()) chmodSync(path, index % 2 === 0 ? 0o755 : 0o751);
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      return children.map(({ pid = 0 }) => {
        const read = readProcess(DEFAULT_PROCFS, pid);
        if (!read.ok) throw new Error(`process ${pid}: ${read.failure}`);
        return read.value;
      });
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, "exit")));
      rmSync(folder, { recursive: true });
    },
  };
}

async function makeBig(path: string, bytes: number): Promise<void> {
  copyFileSync("/bin/sleep", path);
  const file = await open(path, "a");
  const noise = Buffer.alloc(1024 * 1024, 0xa5);
  for (let written = 0; written < bytes; written += noise.length) await file.write(noise);
  await file.close();
  truncateSync(path, bytes);
}
