import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { sumOf } from "./support/hashed-monitor.ts";
import { nameExecutable, startHashingProcess } from "./support/hashing-process.ts";
import { makeHasher } from "./support/lone-hasher.ts";
import { look } from "./support/made-up-process.ts";
import { needs } from "./support/needs.ts";
import { nobodyWith } from "./support/nobody.ts";
import { scratchFolder } from "./support/scratch-folder.ts";

needs("cc");

/** Longer than the times of files are behind the clock. */
const TICK_MS = 100;
const MIB = 1024 ** 2;

/** Two processes of one file. */
async function startBoth(path: string): Promise<AsyncDisposable & { readonly pids: readonly number[] }> {
  const fixtures = [
    await spawnFixture("odd-process", ["wait"], { path }),
    await spawnFixture("odd-process", ["wait"], { path }),
  ];
  return {
    pids: fixtures.map(({ pid }) => pid),
    async [Symbol.asyncDispose]() {
      for (const fixture of fixtures) await fixture.stop();
    },
  };
}

describe("500 files that this user may not read", () => {
  needs("other-users");

  const FILES = 500;
  const NODE = "process.hash.sha256";
  /** After which they are tried again. */
  const RETRY_MS = 10_000;

  function makeFiles(name: string): string[] {
    const folder = join(scratchFolder(), name);
    mkdirSync(folder, { mode: 0o755 });
    return Array.from({ length: FILES }, (_, number) => {
      const path = join(folder, `file-${number}`);
      writeFileSync(path, `the file ${number}`);
      chmodSync(path, 0);
      return path;
    });
  }

  test("are `denied`, quickly, without a descriptor left, and are not tried again at once", async () => {
    const [scripts, programs] = [makeFiles("scripts"), makeFiles("programs")];
    await sleep(TICK_MS);
    await using nobody = await startHashingProcess({}, nobodyWith());
    const warm = await nobody.ask({ pids: [nobody.pid] });
    expect(warm.results).toEqual({ [`ok ${NODE} process.script.sha256`]: 1 });

    const question = { scripts, executables: programs.map(nameExecutable) };
    const first = await nobody.ask(question);
    expect(first.results).toEqual({ [`denied ${NODE}`]: FILES, denied: FILES });
    expect(first.milliseconds).toBeLessThan(5000);
    expect(first.descriptors).toBeLessThanOrEqual(warm.descriptors);
    expect(first.stats).toMatchObject({ pending: 0, threads: { waiting: 0, running: 0 } });

    // Whoever looks at them again now would find that they have been changed since.
    for (const path of programs) chmodSync(path, 0o644);
    const { executables } = question;
    const second = await nobody.ask({ executables });
    expect(second.results).toEqual({ denied: FILES });
    await sleep(RETRY_MS);
    const third = await nobody.ask({ executables });
    expect(third.results).toEqual({ changed: FILES });
    expect(third.descriptors).toBeLessThanOrEqual(warm.descriptors);
  });

  test("processes of somebody else are `denied`, and so is whoever runs a file that may only be executed", async () => {
    const path = join(scratchFolder(), "program");
    copyFileSync(fixturePath("odd-process"), path);
    chmodSync(path, 0o711);
    await sleep(TICK_MS);
    await using ofRoot = await spawnFixture("odd-process", ["wait"]);
    await using ofNobody = await spawnFixture("odd-process", ["wait"], { enter: ["uid=65534"], path });
    await using nobody = await startHashingProcess({}, nobodyWith());
    const { results } = await nobody.ask({ pids: [ofRoot.pid, ofNobody.pid] });
    expect(results).toEqual({ denied: 2 });
    expect(await makeHasher().hash(look(ofNobody.pid))).toEqual({
      status: "ok",
      checksums: { "process.hash.sha256": sumOf(path) },
    });
  });
});

test("the second process of a file costs no computation", async () => {
  const path = join(scratchFolder(), "program");
  copyFileSync(fixturePath("odd-process"), path);
  const hasher = makeHasher({ algorithms: ["sha256", "md5"] });
  const ok = {
    status: "ok",
    checksums: { "process.hash.md5": sumOf(path, "md5"), "process.hash.sha256": sumOf(path) },
  };
  for (let round = 0; round < 2; round++) {
    await using fixtures = await startBoth(path);
    // Both at once: the first ones wait for the same computation.
    expect(await Promise.all(fixtures.pids.map((pid) => hasher.hash(look(pid))))).toEqual([ok, ok]);
    expect(hasher.stats()).toMatchObject({ pending: 0, threads: { computed: 1 } });
  }
  expect(hasher.stats().files.size).toBe(1);
});

test("20,000 files: the cache stays as large as it may be, and nothing else grows", async () => {
  const CAPACITY = 1000;
  /** Results by process are kept as well, 8192 of them. */
  const FIRST = 10_000;
  const folder = scratchFolder();
  const paths = Array.from({ length: 20_000 }, (_, number) => join(folder, `file-${number}`));
  for (const [number, path] of paths.entries()) writeFileSync(path, `the file ${number}`);
  await sleep(TICK_MS);
  await using hashes = await startHashingProcess({ cacheCapacity: CAPACITY });
  const executables = paths.map(nameExecutable);
  const ask = async (from: number, to: number) => {
    let answer = await hashes.ask({ pids: [hashes.pid] });
    for (let at = from; at < to; at += 1000) {
      answer = await hashes.ask({ executables: executables.slice(at, at + 1000) });
      expect(answer.results).toEqual({ "ok process.hash.sha256": 1000 });
    }
    return answer;
  };
  const before = await ask(0, FIRST);
  const after = await ask(FIRST, executables.length);
  expect(after.stats.files).toMatchObject({ size: CAPACITY, capacity: CAPACITY });
  expect(after.stats.threads.computed).toBeGreaterThanOrEqual(executables.length);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
  expect(after.heap - before.heap).toBeLessThan(2 * MIB);
  // The allocators keep some of what is free.
  expect(after.memory - before.memory).toBeLessThan(64 * MIB);
});
