import { copyFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MonitorEvent, Process } from "@procmon/core";
import { fixturePath } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { runMarker } from "./support/event-record.ts";
import { type HashedMonitor, startHashedMonitor, sumOf } from "./support/hashed-monitor.ts";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { makeStorm } from "./support/storm.ts";

needs("ebpf");

const EXECUTABLES = 10;
const LIVES = 2000;

/** Ten programs with contents of their own, each of which runs the next one in the same process. */
function makePrograms(): string[] {
  const folder = scratchFolder();
  return Array.from({ length: EXECUTABLES }, (_, number) => {
    const path = join(folder, `program-${number}`);
    copyFileSync(fixturePath("short-life"), path);
    // Behind the end of an executable may be anything.
    writeFileSync(path, `the program ${number}`, { flag: "a" });
    return path;
  });
}

async function caughtUp({ events }: HashedMonitor): Promise<void> {
  const pid = await runMarker();
  const isOver = () => events.some((event) => event.type === "exit" && event.process.pid === pid);
  await expect.poll(isOver, { timeout: 30_000 }).toBe(true);
}

/** The last that was told of each image's checksums. */
function lastTold(events: readonly MonitorEvent[]): Map<string, Process> {
  const told = new Map<string, Process>();
  for (const event of events) {
    if (event.type !== "exec" && event.type !== "checksum") continue;
    const { process } = event;
    told.set(`${process.pid}:${process.startTime} ${process.path}`, process);
  }
  return told;
}

/** Whatever others run on this machine meanwhile is computed, too: their files, scripts included. */
function countOthers(events: readonly MonitorEvent[], programs: readonly string[]): number {
  const files = new Set<unknown>();
  for (const event of events) {
    if (!("process" in event) || event.process === undefined) continue;
    const { path, executable, script } = event.process;
    if (!programs.includes(path ?? "")) files.add(`${executable?.device} ${executable?.inode} ${executable?.ctime}`);
    if (script !== undefined) files.add(script.path);
  }
  return files.size;
}

test.each(["ebpf", "proc"])(
  "each of 2,000 executions of ten executables has its checksum, and ten are computed: %s",
  async (method) => {
    const programs = makePrograms();
    const sums = new Map(programs.map((path) => [path, sumOf(path)]));
    await using hashed = await startHashedMonitor({}, method);
    const [first = "", ...rest] = programs;
    const chain = ["run", first, "chain", ...rest];
    const storm = await makeStorm("storm", [LIVES / EXECUTABLES, 4, ...chain]);
    await caughtUp(hashed);
    const isOurs = new Set(storm.pids);
    const pending = () =>
      [...lastTold(hashed.events).values()].filter(({ checksumStatus }) => checksumStatus === "pending");
    await expect.poll(() => pending().length, { timeout: 10_000 }).toBe(0);

    const images = [...lastTold(hashed.events).values()].filter(
      ({ pid, path }) => isOurs.has(pid) && sums.has(path ?? ""),
    );
    const wrong = images.filter(
      ({ path, checksumStatus, checksums }) =>
        checksumStatus !== "ok" || checksums?.["process.hash.sha256"] !== sums.get(path ?? ""),
    );
    expect(wrong.map(({ path, checksumStatus }) => [path, checksumStatus])).toEqual([]);
    // The method proc may be too late to see which file it was: then nothing is told.
    if (method === "ebpf") expect(images).toHaveLength(LIVES);
    else expect(images.length).toBeGreaterThan(LIVES / 2);
    const { computed } = hashed.hasher.stats().threads;
    expect(computed).toBeGreaterThanOrEqual(EXECUTABLES);
    expect(computed).toBeLessThanOrEqual(EXECUTABLES + countOthers(hashed.events, programs));
  },
);

test("an executable that was replaced after the process had ended", async () => {
  const [path = "", other = ""] = makePrograms();
  const sum = sumOf(path);
  await using hashed = await startHashedMonitor({ algorithms: [] }, "ebpf");
  await makeStorm("storm", [1, 1, "run", path]);
  await caughtUp(hashed);
  const exec = hashed.events.find((event) => event.type === "exec" && event.process.path === path);
  if (exec?.type !== "exec") throw new Error("no exec was told");
  renameSync(other, path);
  hashed.hasher.enable("sha256");
  expect(await hashed.hasher.hash(exec.process)).toEqual({ status: "changed", checksums: {} });
  expect(sumOf(path)).not.toBe(sum);
});

test("an executable that was removed after the process had ended", async () => {
  const [path = ""] = makePrograms();
  await using hashed = await startHashedMonitor({ algorithms: [] }, "ebpf");
  await makeStorm("storm", [1, 1, "run", path]);
  await caughtUp(hashed);
  const exec = hashed.events.find((event) => event.type === "exec" && event.process.path === path);
  if (exec?.type !== "exec") throw new Error("no exec was told");
  renameSync(path, `${path}.gone`);
  hashed.hasher.enable("sha256");
  expect(await hashed.hasher.hash(exec.process)).toEqual({ status: "gone", checksums: {} });
});
