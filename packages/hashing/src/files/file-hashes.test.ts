import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DEFAULT_PROCFS, type FileIdentity, fileIdentity, readStartTime } from "@procmon/core";
import { expect, onTestFinished, test } from "vitest";
import type { Algorithm } from "../algorithms/algorithm.ts";
import { hashingSettings } from "../options.ts";
import { countDescriptors } from "../threads/hash-pool.test-kit.ts";
import { createHashPool, type HashPool } from "../threads/hash-pool.ts";
import { createFileHashes, type FileHashes } from "./file-hashes.ts";
import type { FileTarget } from "./file-target.ts";
import { now, scratchFolder } from "./programs.test-kit.ts";

const PATIENT = { timeout: 10_000 } as const;

function make(algorithms: readonly Algorithm[] = ["sha256"]): { files: FileHashes; pool: HashPool } {
  const pool = createHashPool({ threads: 1 });
  const settings = hashingSettings({ maxFileSize: 1000 });
  const files = createFileHashes({ procfs: DEFAULT_PROCFS, pool, settings, algorithms: () => algorithms });
  onTestFinished(() => {
    files.stop();
    return pool.stop();
  });
  return { files, pool };
}

/** A file that was executed a minute after now, so that nothing says that it may have been changed since. */
function targetOf(path: string, expected: FileIdentity = fileIdentity(statSync(path, { bigint: true }))): FileTarget {
  return { candidates: [{ path, trust: "path" }], expected, execTime: now() + 60_000_000_000n };
}

function makeFile(bytes: number): string {
  const path = join(scratchFolder(), "file");
  writeFileSync(path, "x".repeat(bytes));
  return path;
}

test("a file is read once, however many ask, and no descriptor is left", async () => {
  const { files, pool } = make();
  const path = makeFile(100);
  const target = targetOf(path);
  const { expected: _, execTime } = target;
  const startTime = readStartTime(DEFAULT_PROCFS, process.pid);
  const candidates = [{ path, trust: "path", pid: process.pid, ...(startTime && { startTime }) }] as const;
  const results = await Promise.all([
    ...Array.from({ length: 50 }, () => files.hash(target, ["sha256"])),
    // Each of these opens it.
    ...Array.from({ length: 50 }, () =>
      files.hash({ candidates, byPath: true, ...(execTime && { execTime }) }, ["sha256"]),
    ),
  ]);
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  for (const result of results) expect(result).toMatchObject({ ok: true, digests: { sha256 } });
  expect(pool.stats().computed).toBe(1);
  await expect.poll(() => countDescriptors(dirname(path)), PATIENT).toBe(0);
});

test("where the way to the file is none, many who wait for it are told at once, not one after the other", async () => {
  const { files } = make();
  const target = targetOf(makeFile(1));
  const started = performance.now();
  const missing = { ...target, candidates: [{ path: "/nowhere/at/all", trust: "path" }] } as const;
  const results = await Promise.all(Array.from({ length: 2000 }, () => files.hash(missing, ["sha256"])));
  expect(results.every((result) => !result.ok && result.failure === "gone")).toBe(true);
  expect(performance.now() - started).toBeLessThan(3000);
});

test("one that asks with a way of its own is not told that another's leads nowhere", async () => {
  const { files } = make();
  const target = targetOf(makeFile(1));
  const nowhere = { ...target, candidates: [{ path: "/nowhere/at/all", trust: "path" }] } as const;
  const [first, second] = await Promise.all([files.hash(nowhere, ["sha256"]), files.hash(target, ["sha256"])]);
  expect([first.ok, second.ok]).toEqual([false, true]);
});

test("what nobody asks for any more is not kept, also where it is being computed", async () => {
  const algorithms: Algorithm[] = ["sha256", "md5"];
  const { files } = make(algorithms);
  const target = targetOf(makeFile(10));
  const computing = files.hash(target, ["sha256", "md5"]);
  algorithms.pop();
  files.forget("md5");
  await computing;
  expect(Object.keys(files.known(target.expected) ?? {}).sort()).toEqual(["fsverity", "sha256"]);
});

test("a larger one is not read, nor is more of one that tells no size", async () => {
  const { files, pool } = make();
  expect(await files.hash(targetOf(makeFile(1001)), ["sha256"])).toMatchObject({ ok: false, failure: "too_large" });
  expect(pool.stats().bytes).toBe(0);
  const path = "/proc/kallsyms";
  expect(await files.hash(targetOf(path), ["sha256"])).toMatchObject({ ok: false, failure: "too_large" });
});

test("what the kernel makes up is read each time", async () => {
  const { files, pool } = make();
  const target = targetOf("/proc/sys/kernel/ostype");
  for (const times of [1, 2]) {
    expect(await files.hash(target, ["sha256"])).toMatchObject({ ok: true });
    expect(pool.stats().computed).toBe(times);
  }
});

test("once it is stopped everything has failed", async () => {
  const { files } = make();
  files.stop();
  expect(await files.hash(targetOf(makeFile(1)), ["sha256"])).toMatchObject({ ok: false, failure: "failed" });
});
