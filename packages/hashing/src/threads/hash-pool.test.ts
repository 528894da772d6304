import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_PROCFS, listThreads, readStat } from "@procmon/core";
import { describe, expect, it } from "vitest";
import type { ComputedAlgorithm } from "../algorithms/algorithm.ts";
import { countDescriptors, makeFolder, makePool, PATIENT, untilSettled } from "./hash-pool.test-kit.ts";
import { openKnown } from "./open-known.test-kit.ts";

const KIB = 1024;
const CHUNK = 256 * KIB;
const ALGORITHMS: ComputedAlgorithm[] = ["md5", "sha1", "sha256", "sha512"];
const WANTED = { algorithms: ["sha256"], timeLimitMs: 20_000 } as const;

/** What coreutils say. */
function sum(algorithm: ComputedAlgorithm, path: string): string | undefined {
  return execFileSync(`${algorithm}sum`, [path], { encoding: "utf8" }).split(" ")[0];
}

/** How nice each thread of this process is. */
function niceness(): Map<number, number> {
  const threads = listThreads(DEFAULT_PROCFS, process.pid);
  if (!threads.ok) throw new Error(threads.failure);
  return new Map(
    threads.value.map((tid) => {
      const stat = readStat(DEFAULT_PROCFS, process.pid, tid);
      return [tid, stat.ok ? stat.value.nice : Number.NaN];
    }),
  );
}

describe("hashFile", () => {
  it.each([0, 1, 63, 64, 65, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 7])(
    "computes in one pass what the system's own tools compute, of %i bytes",
    async (size) => {
      const path = join(makeFolder(), "file");
      writeFileSync(path, randomBytes(size));
      const pool = makePool();
      const outcome = await pool.hashFile({ ...openKnown(path), ...WANTED, algorithms: ALGORITHMS });
      const digests = Object.fromEntries(ALGORITHMS.map((algorithm) => [algorithm, sum(algorithm, path)]));
      expect(outcome).toEqual({ ok: true, digests });
      expect(pool.stats()).toMatchObject({ computed: 1, bytes: size, running: 0, waiting: 0 });
    },
  );

  it("computes blake3 beside others", async () => {
    const path = join(makeFolder(), "empty");
    writeFileSync(path, "");
    const outcome = await makePool().hashFile({ ...openKnown(path), ...WANTED, algorithms: ["blake3", "md5"] });
    const blake3 = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
    expect(outcome).toEqual({ ok: true, digests: { blake3, md5: "d41d8cd98f00b204e9800998ecf8427e" } });
  });

  it("sees that a file is written while it is read", async () => {
    const pool = makePool();
    const folder = makeFolder();
    const path = join(folder, "file");
    writeFileSync(path, "small");
    await pool.hashFile({ ...openKnown(path), ...WANTED });
    // Sparse: it takes no room on the disk, but its time to be read.
    const size = 256 * KIB * KIB;
    truncateSync(path, size);
    await untilSettled();
    const writer = openKnown(path, "r+");
    const reader = openKnown(path);
    const hashing = pool.hashFile({ ...reader, ...WANTED, algorithms: ["sha512"] });
    const position = () => /^pos:\t(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${reader.fd}`, "utf8"))?.[1];
    await expect.poll(position, { ...PATIENT, interval: 5 }).not.toBe("0");
    writeSync(writer.fd, "X", size / 2);
    const outcome = await hashing;
    // The writer's own descriptor goes the same way.
    await pool.hashFile({ ...writer, ...WANTED });
    expect(outcome).toMatchObject({ ok: false, failure: "changed" });
    // It was seen afterwards.
    expect(pool.stats().bytes).toBe("small".length + size);
  });

  it("closes every descriptor, and each one once", async () => {
    const folder = makeFolder();
    const path = join(folder, "file");
    const elsewhere = makeFolder();
    const other = join(elsewhere, "file");
    writeFileSync(path, "content");
    writeFileSync(other, "");
    const pool = makePool({ capacity: 20 });
    const held: number[] = [];
    const hash = async () => {
      const outcome = await pool.hashFile({ ...openKnown(path), ...WANTED });
      // These get the numbers that are free by then: a second closing would take them away.
      setImmediate(() => held.push(openSync(other, "r"), openSync(other, "r")));
      return outcome;
    };
    const outcomes = await Promise.all(Array.from({ length: 50 }, hash));
    // Two were begun at once, and twenty waited.
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(22);
    expect(outcomes.find(({ ok }) => !ok)).toMatchObject({ failure: "failed" });
    await expect.poll(() => countDescriptors(folder), PATIENT).toBe(0);
    await pool.stop();
    await pool.hashFile({ ...openKnown(path), ...WANTED });
    await expect.poll(() => countDescriptors(folder), PATIENT).toBe(0);
    expect(countDescriptors(elsewhere)).toBe(100);
    for (const fd of held) closeSync(fd);
  });

  it("computes with less priority than this thread", async () => {
    const path = join(makeFolder(), "file");
    writeFileSync(path, "content");
    const pool = makePool({ threads: 1 });
    const before = niceness();
    await pool.hashFile({ ...openKnown(path), ...WANTED });
    const own = before.get(process.pid) ?? 0;
    const added = [...niceness()].filter(([thread]) => !before.has(thread)).map(([, nice]) => nice);
    expect(added).toContain(Math.min(19, own + 5));
    expect(niceness().get(process.pid)).toBe(own);
  });

  it("takes the small ones first", async () => {
    const folder = makeFolder();
    const open = (name: string, size: number) => {
      const path = join(folder, name);
      writeFileSync(path, "");
      truncateSync(path, size);
      return openKnown(path);
    };
    const pool = makePool({ threads: 1 });
    const order: string[] = [];
    const jobs = [
      ["first", 100],
      ["large", 64 * KIB * KIB],
      ["middle", 8 * KIB * KIB],
      ["small", 5],
    ].map(async ([name, size]) => {
      await pool.hashFile({ ...open(String(name), Number(size)), ...WANTED });
      order.push(String(name));
    });
    await Promise.all(jobs);
    expect(order).toEqual(["first", "small", "middle", "large"]);
    expect(pool.stats().threads).toBe(1);
  });
});
