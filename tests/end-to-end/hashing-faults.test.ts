import { createHash } from "node:crypto";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Process } from "@procmon/core";
import { type FuseFile, type FuseServer, fixturePath, spawnFixture, startFuse } from "@procmon-internal/fixtures";
import { describe, expect, onTestFinished, test } from "vitest";
import { sumOf } from "./support/hashed-monitor.ts";
import { makeHasher } from "./support/lone-hasher.ts";
import { asExecutable, asScript, countDescriptors, look } from "./support/made-up-process.ts";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";

needs("fuse");

/** Longer than the times of files are behind the clock. */
const TICK_MS = 40;
const SOON = { timeout: 10_000 };
const MIB = 1024 ** 2;

/** A process that waits, of an executable of its own, `count` times. */
async function startPrograms(count = 1): Promise<Process[]> {
  const folder = scratchFolder();
  const paths = Array.from({ length: count }, (_, number) => join(folder, `program-${number}`));
  for (const [number, path] of paths.entries()) {
    copyFileSync(fixturePath("odd-process"), path);
    writeFileSync(path, `the program ${number}`, { flag: "a" });
  }
  await sleep(TICK_MS);
  const fixtures = await Promise.all(paths.map((path) => spawnFixture("odd-process", ["wait"], { path })));
  onTestFinished(async () => {
    for (const fixture of fixtures) await fixture.stop();
  });
  return fixtures.map(({ pid }) => look(pid));
}

const startProgram = async () => (await startPrograms())[0] as Process;
const hashOf = ({ path = "" }: Process) => ({ "process.hash.sha256": sumOf(path) });

/** Once as the script that a process runs, once as its executable. */
function bothOf(process: Process, server: FuseServer, file: FuseFile): Process[] {
  return [asScript(process, server.path(file)), asExecutable(process, server.path(file))];
}

describe("a file that cannot be read to its end", () => {
  test("EIO is `failed`, and not tried again at once, whoever runs it", async () => {
    await using server = await startFuse();
    const [first, second] = (await startPrograms(2)) as [Process, Process];
    const hasher = makeHasher();
    await hasher.hash(first);
    const [script, executable] = bothOf(first, server, "eio") as [Process, Process];
    expect(await hasher.hash(script)).toEqual({ status: "failed", checksums: hashOf(first) });
    expect(await hasher.hash(executable)).toEqual({ status: "failed", checksums: {} });
    const { bytes, computed } = hasher.stats().threads;
    for (const each of [script, executable, asExecutable(second, server.path("eio"))]) {
      expect(await hasher.hash(each)).toMatchObject({ status: "failed" });
    }
    expect(hasher.stats().threads).toMatchObject({ bytes, computed });
  });

  test("one that grows while it is read is `changed`", async () => {
    await using server = await startFuse();
    const process = await startProgram();
    const hasher = makeHasher();
    expect(await hasher.hash(asScript(process, server.path("growing")))).toEqual({
      status: "changed",
      checksums: hashOf(process),
    });
    const { bytes } = hasher.stats().threads;
    // No more than it said to have when it was opened, twice at most.
    expect(bytes).toBeLessThan(4 * MIB);
    expect(await makeHasher().hash(asExecutable(process, server.path("growing")))).toEqual({
      status: "changed",
      checksums: {},
    });
  });

  test("a huge one is `too_large`, and not read at all", async () => {
    await using server = await startFuse();
    const process = await startProgram();
    const hasher = makeHasher();
    await hasher.hash(process);
    const { bytes } = hasher.stats().threads;
    const [script, executable] = bothOf(process, server, "huge") as [Process, Process];
    expect(await hasher.hash(script)).toEqual({ status: "too_large", checksums: hashOf(process) });
    expect(await hasher.hash(executable)).toEqual({ status: "too_large", checksums: {} });
    expect(hasher.stats().threads.bytes).toBe(bytes);
  });

  test("one that may not be opened is `denied`", async () => {
    await using server = await startFuse();
    const process = await startProgram();
    const [script, executable] = bothOf(process, server, "unreadable") as [Process, Process];
    expect(await makeHasher().hash(script)).toEqual({ status: "denied", checksums: hashOf(process) });
    // What the process really has in its memory is another program.
    expect(await makeHasher().hash(executable)).toEqual({ status: "denied", checksums: {} });
  });

  test("what its owner says of fs-verity is not believed", async () => {
    await using server = await startFuse();
    const process = await startProgram();
    const hasher = makeHasher({ algorithms: ["sha256", "fsverity"] });
    for (const file of ["verity", "verity-other", "verity-lie"] as const) {
      expect(await hasher.hash(asScript(process, server.path(file)))).toEqual({
        status: "ok",
        checksums: { ...hashOf(process), "process.script.sha256": sumOf(server.path(file)) },
      });
    }
    expect(await hasher.hash(asExecutable(process, server.path("verity")))).toEqual({
      status: "ok",
      checksums: { "process.hash.sha256": sumOf(server.path("verity")) },
    });
  });
});

describe("a file that takes long to read", () => {
  test("longer than the limit is `timeout`, in time, and the thread is free again", async () => {
    await using server = await startFuse();
    const process = await startProgram();
    const hasher = makeHasher({ timeLimitMs: 500, threads: 1 });
    const start = performance.now();
    expect(await hasher.hash(asScript(process, server.path("slow")))).toMatchObject({ status: "timeout" });
    const milliseconds = performance.now() - start;
    expect(milliseconds).toBeGreaterThan(450);
    expect(milliseconds).toBeLessThan(1500);
    // It was interrupted between two reads: a thread that hangs is abandoned.
    expect(hasher.stats().threads).toMatchObject({ threads: 1, running: 0, abandoned: 0 });
  });

  test("within the limit is hashed", async () => {
    await using server = await startFuse();
    const process = await startProgram();
    const contents = Buffer.from(Array.from({ length: MIB }, (_, at) => at % 251));
    const sum = createHash("sha256").update(contents).digest("hex");
    expect(await makeHasher().hash(asScript(process, server.path("slow")))).toEqual({
      status: "ok",
      checksums: { ...hashOf(process), "process.script.sha256": sum },
    });
  });

  test("without end is `timeout`; others are hashed meanwhile and after, it stops in time, and nothing is left", async () => {
    await using server = await startFuse();
    const [hung, ...others] = (await startPrograms(6)) as [Process, ...Process[]];
    const before = countDescriptors();
    const hasher = makeHasher({ timeLimitMs: 2000, threads: 2 });
    await hasher.hash(hung);
    const start = performance.now();
    const script = asScript(hung, server.path("hang"));
    let isOver = false;
    const hanging = hasher.hash(script).finally(() => {
      isOver = true;
    });
    const hashOthers = async (some: readonly Process[]) => {
      for (const each of some) expect(await hasher.hash(each)).toEqual({ status: "ok", checksums: hashOf(each) });
    };
    await hashOthers(others.slice(0, 3));
    expect(isOver).toBe(false);
    expect(await hanging).toEqual({ status: "timeout", checksums: hashOf(hung) });
    // The limit, and a second for the thread to say so by itself.
    expect(performance.now() - start).toBeLessThan(5000);
    expect(hasher.stats().threads.abandoned).toBe(1);
    await hashOthers(others.slice(3));
    // Not tried again: no further thread hangs.
    expect(await hasher.hash(script)).toMatchObject({ status: "timeout" });
    expect(hasher.stats().threads.abandoned).toBe(1);

    const stopped = performance.now();
    await hasher.stop();
    expect(performance.now() - stopped).toBeLessThan(2000);
    await server.stop();
    await expect.poll(countDescriptors, SOON).toBeLessThanOrEqual(before);
  });

  test("stops in time while one hangs that is still within its limit", async () => {
    await using server = await startFuse();
    const process = await startProgram();
    const before = countDescriptors();
    const hasher = makeHasher();
    await hasher.hash(process);
    const hanging = hasher.hash(asScript(process, server.path("hang")));
    await expect.poll(() => hasher.stats().threads.running, SOON).toBe(1);
    const start = performance.now();
    await hasher.stop();
    expect(await hanging).toEqual({ status: "failed", checksums: hashOf(process) });
    expect(performance.now() - start).toBeLessThan(2000);
    await server.stop();
    await expect.poll(countDescriptors, SOON).toBeLessThanOrEqual(before);
  });

  test("a server that answers nothing at all, not even who asks for the file's times", async () => {
    await using server = await startFuse({ program: fixturePath("odd-process"), allowOther: true });
    const [hung, other] = (await startPrograms(2)) as [Process, Process];
    const before = countDescriptors();
    const hasher = makeHasher({ timeLimitMs: 2000 });
    process.kill(server.pid, "SIGSTOP");
    try {
      const script = hasher.hash(asScript(hung, server.path("verity")));
      expect(await hasher.hash(other)).toEqual({ status: "ok", checksums: hashOf(other) });
      expect(await script).toEqual({ status: "timeout", checksums: hashOf(hung) });
      const start = performance.now();
      await hasher.stop();
      expect(performance.now() - start).toBeLessThan(2000);
    } finally {
      process.kill(server.pid, "SIGCONT");
    }
    await expect.poll(countDescriptors, SOON).toBeLessThanOrEqual(before);
  });
});
