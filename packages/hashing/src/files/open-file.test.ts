import { closeSync, statSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_PROCFS, fileIdentity } from "@procmon/core";
import { requirement, startFuse } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import type { FileTarget } from "./file-target.ts";
import { holdLease } from "./lease.test-kit.ts";
import { createFileOpener } from "./open-file.ts";
import { descriptors, scratchFolder, tryToOpen } from "./programs.test-kit.ts";

const noFuse = requirement("fuse");
const noCompiler = requirement("cc");

/** Whatever is at that path now. */
function targetAt(path: string): FileTarget {
  const expected = fileIdentity(statSync(path, { bigint: true }));
  return { candidates: [{ path, trust: "path" }], expected, execTime: 2n ** 62n };
}

function writeFile(): string {
  const path = join(scratchFolder(), "file");
  writeFileSync(path, "x");
  return path;
}

test("the first candidate that is the file, and of what failed what tells most", async () => {
  const path = writeFile();
  const { candidates, ...rest } = targetAt(path);
  const [nothing, folder, missing] = ["/nothing", "/", `${path}/x`].map(
    (each) => ({ path: each, trust: "path" }) as const,
  );
  expect(await tryToOpen({ ...rest, candidates: [nothing, folder, ...candidates] } as FileTarget)).toMatchObject({
    ok: true,
  });
  expect(await tryToOpen({ ...rest, candidates: [nothing, folder, missing] } as FileTarget)).toMatchObject({
    failure: "changed",
  });
  expect(await tryToOpen({ ...rest, candidates: [nothing, missing] } as FileTarget)).toMatchObject({ failure: "gone" });
  expect(await tryToOpen({ candidates: [] })).toMatchObject({ failure: "gone" });
  for (const odd of ["x".repeat(300), "nul\0", ""]) {
    const outcome = await tryToOpen({ ...rest, candidates: [{ path: odd, trust: "path" }] });
    expect(outcome).toMatchObject({ ok: false });
  }
});

test("many at once, no more than two of them running", async () => {
  const target = targetAt(writeFile());
  const before = descriptors();
  const opener = createFileOpener({ procfs: DEFAULT_PROCFS, capacity: 50 });
  const opening = Array.from({ length: 60 }, () => opener.open(target));
  expect(opener.stats()).toMatchObject({ waiting: 50, running: 2, missed: 8 });
  const outcomes = await Promise.all(opening);
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(52);
  expect(outcomes.find(({ ok }) => !ok)).toMatchObject({ failure: "failed", reason: expect.stringContaining("50") });
  for (const outcome of outcomes) if (outcome.ok) closeSync(outcome.fd);
  expect(descriptors()).toBe(before);
  expect(opener.stats()).toEqual({ waiting: 0, running: 0, hung: 0, opened: 52, missed: 8 });
});

test("stopped: all get an answer, and nothing stays open", async () => {
  const target = targetAt(writeFile());
  const before = descriptors();
  const opener = createFileOpener({ procfs: DEFAULT_PROCFS });
  const opening = Array.from({ length: 10 }, () => opener.open(target));
  opener.stop();
  opener.stop();
  for (const outcome of await Promise.all(opening)) expect(outcome).toMatchObject({ ok: false, failure: "failed" });
  expect(await opener.open(target)).toMatchObject({ ok: false, failure: "failed" });
  await expect.poll(() => opener.stats().running).toBe(0);
  expect(descriptors()).toBe(before);
});

describe.skipIf(noFuse)(`a file system that does not answer${noFuse ? `: ${noFuse}` : ""}`, () => {
  test("is given up; it holds two threads at most, and what comes late is closed", async () => {
    await using server = await startFuse();
    const target = targetAt(server.path("huge"));
    const good = targetAt(writeFile());
    const before = descriptors();
    const opener = createFileOpener({ procfs: DEFAULT_PROCFS, timeLimitMs: 300 });
    process.kill(server.pid, "SIGSTOP");
    try {
      const opening = [target, target, target, good].map((each) => opener.open(each));
      // Node's own work goes on.
      await stat("/");
      const start = performance.now();
      for (const outcome of await Promise.all(opening))
        expect(outcome).toMatchObject({ ok: false, failure: "timeout" });
      expect(performance.now() - start).toBeLessThan(2000);
      expect(opener.stats()).toMatchObject({ running: 2, hung: 2, waiting: 0 });
    } finally {
      process.kill(server.pid, "SIGCONT");
    }
    await expect.poll(() => opener.stats().running, { timeout: 5000 }).toBe(0);
    expect(descriptors()).toBe(before);
    const outcome = await opener.open(good);
    expect(outcome).toMatchObject({ ok: true });
    if (outcome.ok) closeSync(outcome.fd);
  });

  test("what another process may not show says nothing of the file", async () => {
    await using server = await startFuse({ uid: 65534 });
    const there = { path: server.path("slow"), trust: "path" } as const;
    const expected = { device: 1, inode: 2n };
    expect(await tryToOpen({ candidates: [there], expected })).toMatchObject({ ok: false, failure: "denied" });
    const guess = { ...there, isGuess: true } as const;
    expect(await tryToOpen({ candidates: [guess], expected })).toMatchObject({ ok: false, failure: "gone" });
  });

  test("an error of opening is told as what it is", async () => {
    await using server = await startFuse();
    expect(await tryToOpen(targetAt(server.path("unreadable")))).toMatchObject({ ok: false, failure: "denied" });
    expect(await tryToOpen(targetAt(server.path("eio")))).toMatchObject({ ok: true });
  });
});

test.skipIf(noCompiler)("waits for a lease to be given back, and not for one that is kept", async () => {
  const path = writeFile();
  const target = targetAt(path);
  const holder = await holdLease(path);
  // Opening asks for it: then the holder is told, and has 45 seconds.
  expect(await tryToOpen(target, { timeLimitMs: 300 })).toMatchObject({ ok: false, failure: "timeout" });
  const opener = createFileOpener({ procfs: DEFAULT_PROCFS, timeLimitMs: 10_000 });
  const opening = opener.open(target);
  await sleep(100);
  expect(opener.stats().running).toBe(1);
  await holder.end();
  const outcome = await opening;
  expect(outcome).toMatchObject({ ok: true });
  if (outcome.ok) closeSync(outcome.fd);
});
