import { DEFAULT_PROCFS, readStartTime } from "@procmon/core";
import { requirement, startFuse } from "@procmon-internal/fixtures";
import { expect, onTestFinished, test } from "vitest";
import { hashingSettings } from "../options.ts";
import { countDescriptors } from "../threads/hash-pool.test-kit.ts";
import { createHashPool, type HashPool } from "../threads/hash-pool.ts";
import { createFileHashes, type FileHashes } from "./file-hashes.ts";
import type { FileTarget } from "./file-target.ts";

const noFuse = requirement("fuse");
const ALGORITHMS = ["sha256"] as const;

function make(timeLimitMs: number): { files: FileHashes; pool: HashPool } {
  const pool = createHashPool({ threads: 2 });
  const settings = hashingSettings({ timeLimitMs });
  const files = createFileHashes({ procfs: DEFAULT_PROCFS, pool, settings, algorithms: () => ALGORITHMS });
  onTestFinished(() => {
    files.stop();
    return pool.stop();
  });
  return { files, pool };
}

/** A script: nothing tells beforehand which file it is. */
function scriptAt(path: string): FileTarget {
  const startTime = readStartTime(DEFAULT_PROCFS, process.pid) ?? 0n;
  const execTime = BigInt(Date.now()) * 1_000_000n;
  return { candidates: [{ path, trust: "path", pid: process.pid, startTime }], byPath: true, execTime };
}

test.skipIf(noFuse)(
  `a script that cannot be read is not read again at once${noFuse ? `: ${noFuse}` : ""}`,
  async () => {
    await using server = await startFuse();
    const { files, pool } = make(20_000);
    const hash = () => files.hash(scriptAt(server.path("eio")), ALGORITHMS);
    const first = await hash();
    expect(first).toMatchObject({ ok: false, failure: "failed", reason: expect.stringContaining("EIO") });
    const { bytes } = pool.stats();
    expect(await hash()).toEqual(first);
    expect(pool.stats().bytes).toBe(bytes);
    await expect.poll(() => countDescriptors(server.folder)).toBe(0);
  },
);

test.skipIf(noFuse)("a script whose reading hangs keeps one thread, however many run it", async () => {
  await using server = await startFuse();
  const { files, pool } = make(3000);
  const hash = () => files.hash(scriptAt(server.path("hang")), ALGORITHMS);
  for (let round = 0; round < 3; round++) {
    expect(await Promise.all([hash(), hash()])).toMatchObject(Array(2).fill({ ok: false, failure: "timeout" }));
  }
  expect(pool.stats().abandoned).toBe(1);
});
