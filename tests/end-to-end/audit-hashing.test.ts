import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { auditMethod } from "@procmon/method-audit";
import { type Fixture, spawnFixture, withAuditLock } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { type HashedMonitor, startHashedMonitor } from "./support/hashed-monitor.ts";
import { spawnMounted } from "./support/mounted-fixture.ts";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { blow, chainOf, makeOverlay, makePrograms, type Sums } from "./support/short-programs.ts";
import type { Storm } from "./support/storm.ts";
import { runSwapped } from "./support/swapped-program.ts";
import { allTold } from "./support/told-checksums.ts";

needs("audit", "namespaces");

const EXECUTABLES = 10;
const LIVES = 1000;
/** Records that the kernel holds: with too few, those who make them wait for its thread, and live longer than they would. */
const BACKLOG = 65_536;
/** Longer than the times of files are behind the clock. */
const TICK_MS = 40;
/** What may be said of a process that has ended by the time that anybody looks. */
const HONEST = ["gone", "changed"];

async function withAudit(use: (hashed: HashedMonitor) => Promise<void>): Promise<void> {
  await withAuditLock(async () => {
    await using hashed = await startHashedMonitor({}, auditMethod({ enable: true, backlogLimit: BACKLOG }));
    await use(hashed);
  });
}

/** Makes a storm of programs of this folder, and checks what is told of them: nothing wrong, and most of it. */
async function check(start: () => Promise<Fixture<Storm>>, folder: string, sums: Sums, images: number): Promise<void> {
  // The programs are new.
  await sleep(TICK_MS);
  await withAudit(async (hashed) => {
    await using storm = await start();
    const told = await allTold(hashed, await blow(storm));
    const counts: Record<string, number> = {};
    for (const { path = "", checksumStatus = "none", checksums = {} } of told) {
      if (!path.startsWith(`${folder}/`)) continue;
      const isRight = checksums["process.hash.sha256"] === sums.get(path.slice(folder.length + 1));
      const result = checksumStatus === "ok" && !isRight ? "wrong" : checksumStatus;
      counts[result] = (counts[result] ?? 0) + 1;
    }
    const { ok = 0, ...others } = counts;
    expect(Object.keys(others).filter((result) => !HONEST.includes(result))).toEqual([]);
    expect(ok).toBeGreaterThan(0.9 * images);
  });
}

test("each execution of ten executables has its checksum, or says why not", async () => {
  const folder = scratchFolder();
  const names = Array.from({ length: EXECUTABLES }, (_, number) => `program-${number}`);
  const sums = makePrograms(folder, names);
  const start = () => spawnFixture<Storm>("storm", chainOf(LIVES / EXECUTABLES, folder, sums));
  await check(start, folder, sums, LIVES);
});

test("on an overlay of two file systems, in a mount namespace of its own", async () => {
  const { mounts, folder, sums } = makeOverlay();
  const start = () => spawnMounted<Storm>(mounts, "storm", chainOf(100, folder, sums));
  await check(start, folder, sums, 100 * sums.size);
});

test("where their path leads to another file than here", async () => {
  const [inside, outside] = ["inside", "outside"].map((name) => join(scratchFolder(), name)) as [string, string];
  const sums = makePrograms(inside, ["program"]);
  makePrograms(outside, ["program"]);
  const enter = ["mount", `bind=${inside}:${outside}`];
  const start = () => spawnFixture<Storm>("storm", ["200", "4", "run", join(outside, "program")], { enter });
  await check(start, outside, sums, 200);
});

test.each(["link", "file"] as const)(
  "a path where there is now one program, now another, by a new %s: never the wrong one",
  async (how) => {
    await withAudit(async (hashed) => {
      const { ok = 0, ...others } = await runSwapped(hashed, LIVES, how);
      expect(Object.keys(others).filter((result) => !HONEST.includes(result))).toEqual([]);
      if (how === "link") expect(ok).toBeGreaterThan(LIVES / 2);
    });
  },
);
