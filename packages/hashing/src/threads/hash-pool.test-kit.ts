import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { createHashPool, type HashPool, type HashPoolOptions } from "./hash-pool.ts";

/** For `expect.poll`: a busy machine takes its time. */
export const PATIENT = { timeout: 30_000 } as const;

const pools: HashPool[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A pool that is stopped after the test. */
export function makePool(options: Partial<HashPoolOptions> = {}): HashPool {
  const pool = createHashPool({ threads: 2, ...options });
  pools.push(pool);
  return pool;
}

/** A folder that is removed after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "procmon-hashing-"));
  folders.push(folder);
  return folder;
}

/** How many descriptors of this process lead into a folder. */
export function countDescriptors(folder: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${folder}/`);
    } catch {
      return false; // The one that lists them.
    }
  }).length;
}

/** Waits until a file is old enough to be read at once. */
export function untilSettled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
