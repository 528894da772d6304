import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { KnownFile } from "../files/opened-file.ts";
import { ENDS, HANGS, THROWS } from "./failing-thread.test-kit.ts";
import { countDescriptors, makeFolder, makePool, PATIENT } from "./hash-pool.test-kit.ts";
import type { HashPool } from "./hash-pool.ts";
import { openKnown } from "./open-known.test-kit.ts";

const WANTED = { algorithms: ["sha256"], timeLimitMs: 20_000 } as const;

/** As in vitest.config.ts. */
const SOURCES = ["--conditions=@procmon/source", "--wasm-wrapper-tiering-budget=1000000000"];

const FAILING = new URL("./failing-thread.test-kit.ts", import.meta.url);

/** Lets a thread start, so that it takes what comes next at once. */
async function warm(pool: HashPool): Promise<void> {
  expect(await pool.hashFile({ ...openKnown(makeFile(makeFolder())), ...WANTED })).toMatchObject({ ok: true });
}

function makeFile(folder: string, size = 7): string {
  const path = join(folder, "file");
  writeFileSync(path, "");
  truncateSync(path, size);
  return path;
}

/** A pipe that nobody writes into: whoever reads it hangs. With another descriptor, to set the reader free. */
function makeHanging(folder: string, name: string): { fd: number; file: KnownFile; free: () => void } {
  const path = join(folder, name);
  execFileSync("mkfifo", [path]);
  const writer = openKnown(path, constants.O_RDWR);
  return { ...openKnown(path, constants.O_RDWR), free: () => writeSync(writer.fd, "x") };
}

describe("the time limit", () => {
  it("ends what takes longer, and what waits longer", async () => {
    const folder = makeFolder();
    // Sparse, and far more than can be read in time.
    const path = makeFile(folder, 2 ** 40);
    const pool = makePool({ threads: 1 });
    await warm(pool);
    const hashing = [400, 300].map((timeLimitMs) => pool.hashFile({ ...openKnown(path), ...WANTED, timeLimitMs }));
    expect(pool.stats()).toMatchObject({ running: 1, waiting: 1 });
    expect(await Promise.all(hashing)).toMatchObject(Array(2).fill({ ok: false, failure: "timeout" }));
    expect(pool.stats()).toMatchObject({ threads: 1, running: 0, waiting: 0, abandoned: 0 });
    await expect.poll(() => countDescriptors(folder), PATIENT).toBe(0);
  });

  it("may be endless", async () => {
    const job = { ...openKnown(makeFile(makeFolder())), ...WANTED, timeLimitMs: Number.POSITIVE_INFINITY };
    expect(await makePool().hashFile(job)).toMatchObject({ ok: true });
  });
});

describe("a thread that hangs", () => {
  it("is given up and replaced, and ended when it answers after all", async () => {
    const folder = makeFolder();
    const path = makeFile(folder);
    const pool = makePool({ threads: 1 });
    await warm(pool);
    const hanging = makeHanging(folder, "pipe");
    const outcome = await pool.hashFile({ ...hanging, ...WANTED, timeLimitMs: 1000 });
    expect(outcome).toMatchObject({ ok: false, failure: "timeout" });
    expect(pool.stats()).toMatchObject({ threads: 0, running: 0, abandoned: 1 });
    expect(await pool.hashFile({ ...openKnown(path), ...WANTED })).toMatchObject({ ok: true });
    // The pipe, twice.
    await expect.poll(() => countDescriptors(folder), PATIENT).toBe(2);
    hanging.free();
    await expect.poll(() => pool.stats().abandoned, PATIENT).toBe(0);
    await expect.poll(() => countDescriptors(folder), PATIENT).toBe(1);
    expect(pool.stats()).toMatchObject({ threads: 1, computed: 2 });
  });

  it("is not replaced without end", async () => {
    const folder = makeFolder();
    const path = makeFile(folder);
    const pool = makePool({ threads: 3, entry: FAILING });
    const hanging = Array.from({ length: 6 }, (_, at) => makeHanging(folder, `pipe-${at}`));
    const hash = ({ fd, file }: (typeof hanging)[number]) =>
      pool.hashFile({ fd, file: { ...file, size: HANGS }, ...WANTED, timeLimitMs: 50 });
    await Promise.all(hanging.slice(0, 3).map(hash));
    expect(pool.stats()).toMatchObject({ abandoned: 3 });
    // While the last threads hang, more work comes.
    const last = hanging.slice(3).map(hash);
    const waiting = pool.hashFile({ ...openKnown(path), ...WANTED });
    expect(await Promise.all([...last, waiting])).toMatchObject(Array(4).fill({ failure: "timeout" }));
    expect(pool.stats()).toMatchObject({ threads: 0, waiting: 0, abandoned: 6 });
    const start = performance.now();
    const lost = await pool.hashFile({ ...openKnown(path), ...WANTED });
    expect(lost).toMatchObject({ failure: "timeout", reason: expect.stringContaining("all threads hang") });
    expect(performance.now() - start).toBeLessThan(1000);

    hanging[0]?.free();
    await expect.poll(() => pool.stats().abandoned, PATIENT).toBe(5);
    expect(await pool.hashFile({ ...openKnown(path), ...WANTED })).toMatchObject({ ok: true });
    for (const { free } of hanging) free();
    await expect.poll(() => pool.stats().abandoned, PATIENT).toBe(0);
  });

  it("is left behind at the end", async () => {
    const folder = makeFolder();
    const pool = makePool({ threads: 1 });
    const hanging = makeHanging(folder, "pipe");
    const jobs = [hanging, openKnown(makeFile(folder))].map((job) => pool.hashFile({ ...job, ...WANTED }));
    await expect.poll(() => pool.stats().running, PATIENT).toBe(1);
    const start = performance.now();
    const stopping = pool.stop();
    expect(pool.stop()).toBe(stopping);
    expect(await Promise.all(jobs)).toMatchObject(Array(2).fill({ ok: false, failure: "failed" }));
    await stopping;
    expect(performance.now() - start).toBeLessThan(2000);
    expect(await pool.hashFile({ ...openKnown(join(folder, "file")), ...WANTED })).toMatchObject({ failure: "failed" });
    hanging.free();
    await expect.poll(() => pool.stats().threads, PATIENT).toBe(0);
    await expect.poll(() => countDescriptors(folder), PATIENT).toBe(1);
  });
});

describe("stop", () => {
  it("ends what is computed and what waits", async () => {
    const folder = makeFolder();
    const path = makeFile(folder, 2 ** 40);
    const pool = makePool();
    await warm(pool);
    const jobs = Array.from({ length: 10 }, () => pool.hashFile({ ...openKnown(path), ...WANTED }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    await pool.stop();
    expect(performance.now() - start).toBeLessThan(2000);
    expect(await Promise.all(jobs)).toMatchObject(Array(10).fill({ ok: false, failure: "failed" }));
    expect(pool.stats()).toMatchObject({ running: 0, waiting: 0 });
    // On a busy machine the threads may end a little later.
    await expect.poll(() => pool.stats().threads, PATIENT).toBe(0);
    await expect.poll(() => countDescriptors(folder), PATIENT).toBe(0);
  });

  it("is nothing where nothing was computed", async () => {
    const pool = makePool();
    await pool.stop();
    expect(pool.stats().threads).toBe(0);
  });
});

describe("threads", () => {
  it("end without work", async () => {
    const path = makeFile(makeFolder());
    const pool = makePool({ idleMs: 50 });
    for (let round = 0; round < 2; round++) {
      expect(await pool.hashFile({ ...openKnown(path), ...WANTED })).toMatchObject({ ok: true });
      expect(pool.stats().threads).toBe(1);
      await expect.poll(() => pool.stats().threads, PATIENT).toBe(0);
    }
  });

  it("do not keep a process alive that has nothing else to do", async () => {
    const path = makeFile(makeFolder());
    const program = `
      import { openKnown } from ${JSON.stringify(new URL("./open-known.test-kit.ts", import.meta.url).href)};
      import { createHashPool } from ${JSON.stringify(new URL("./hash-pool.ts", import.meta.url).href)};
      const job = { ...openKnown(${JSON.stringify(path)}), algorithms: ["md5"], timeLimitMs: 20000 };
      console.log(JSON.stringify(await createHashPool({ threads: 2 }).hashFile(job)));`;
    const child = spawn(process.execPath, [...SOURCES, "--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 30_000,
      killSignal: "SIGKILL",
    });
    let [printed, printedAt] = ["", 0];
    child.stdout.on("data", (data) => {
      printed += data;
      printedAt = performance.now();
    });
    expect(await once(child, "close")).toEqual([0, null]);
    expect(JSON.parse(printed)).toMatchObject({ ok: true });
    // The threads would live for ten seconds more.
    expect(performance.now() - printedAt).toBeLessThan(9000);
  });

  it.each([
    ["ends", ENDS],
    ["throws", THROWS],
  ])("fail what they work on when one %s, and are replaced", async (_, size) => {
    const folder = makeFolder();
    const path = makeFile(folder);
    const pool = makePool({ threads: 1, entry: FAILING });
    const { fd, file } = openKnown(path);
    const deadly = pool.hashFile({ fd, file: { ...file, size }, ...WANTED });
    const next = pool.hashFile({ ...openKnown(path), ...WANTED });
    expect(await deadly).toMatchObject({ ok: false, failure: "failed", reason: expect.stringMatching(/died: .+/) });
    expect(await next).toEqual({ ok: true, digests: {} });
    expect(pool.stats()).toMatchObject({ threads: 1, computed: 1 });
    await expect.poll(() => countDescriptors(folder), PATIENT).toBe(0);
  });

  it("fail every job where they cannot start", async () => {
    const folder = makeFolder();
    const path = makeFile(folder);
    const pool = makePool({ entry: new URL("./no-such-thread.ts", import.meta.url) });
    const jobs = Array.from({ length: 5 }, () => pool.hashFile({ ...openKnown(path), ...WANTED }));
    expect(await Promise.all(jobs)).toMatchObject(Array(5).fill({ ok: false, failure: "failed" }));
    await expect.poll(() => countDescriptors(folder), PATIENT).toBe(0);
  });
});
