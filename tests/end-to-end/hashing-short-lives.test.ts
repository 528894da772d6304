import { renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { MonitorEvent, Process } from "@procmon/core";
import { expect, test } from "vitest";
import { type HashedMonitor, startHashedMonitor, sumOf } from "./support/hashed-monitor.ts";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { chainOf, makePrograms } from "./support/short-programs.ts";
import { makeStorm } from "./support/storm.ts";
import { allTold, caughtUp } from "./support/told-checksums.ts";

needs("ebpf");

const NAMES = Array.from({ length: 10 }, (_, number) => `program-${number}`);
const EXECUTABLES = NAMES.length;
const LIVES = 2000;

/** Whatever others run on this machine meanwhile is computed, too: their files, scripts included. */
function countOthers(events: readonly MonitorEvent[], folder: string): number {
  const files = new Set<unknown>();
  for (const event of events) {
    if (!("process" in event) || event.process === undefined) continue;
    const { path, executable, script } = event.process;
    if (!path?.startsWith(folder)) files.add(`${executable?.device} ${executable?.inode} ${executable?.ctime}`);
    if (script !== undefined) files.add(script.path);
  }
  return files.size;
}

const sumIn = ({ checksums }: Process) => checksums?.["process.hash.sha256"];

test.each(["ebpf", "proc"])(
  "2,000 executions of ten executables have their checksums, and ten are computed: %s",
  async (method) => {
    const folder = scratchFolder();
    const sums = makePrograms(folder, NAMES);
    await using hashed = await startHashedMonitor({}, method);
    const storm = await makeStorm("storm", chainOf(LIVES / EXECUTABLES, folder, sums));
    const images = (await allTold(hashed, storm.pids)).filter(({ path }) => path?.startsWith(folder));
    const right = images.filter((image) => sumIn(image) === sums.get(basename(image.path ?? "")));
    const unknown = images.filter((image) => sumIn(image) === undefined);
    expect(right.length + unknown.length).toBe(images.length);
    expect(right.filter(({ checksumStatus }) => checksumStatus !== "ok")).toEqual([]);
    // The method proc may be too late to see which file it was.
    if (method === "ebpf") expect(right).toHaveLength(LIVES);
    else expect(right.length).toBeGreaterThan(LIVES / 2);
    const { computed } = hashed.hasher.stats().threads;
    expect(computed).toBeGreaterThanOrEqual(EXECUTABLES);
    expect(computed).toBeLessThanOrEqual(EXECUTABLES + countOthers(hashed.events, folder));
  },
);

/** A program that has been run, and has ended, before anybody asks for its checksum. */
async function runOne(hashed: HashedMonitor): Promise<{ path: string; other: string; process: Process }> {
  const folder = scratchFolder();
  makePrograms(folder, ["program", "other"]);
  // Of a process that is asked for later, only about when it started is known: the file has to be clearly older.
  await sleep(100);
  const [path, other] = [join(folder, "program"), join(folder, "other")];
  await makeStorm("storm", [1, 1, "run", path]);
  await caughtUp(hashed);
  const exec = hashed.events.find((event) => event.type === "exec" && event.process.path === path);
  if (exec?.type !== "exec") throw new Error("no exec was told");
  return { path, other, process: exec.process };
}

test("an executable that is found after the process has ended", async () => {
  await using hashed = await startHashedMonitor({ algorithms: [] }, "ebpf");
  const { path, process } = await runOne(hashed);
  hashed.hasher.enable("sha256");
  expect(await hashed.hasher.hash(process)).toEqual({
    status: "ok",
    checksums: { "process.hash.sha256": sumOf(path) },
  });
});

test("an executable that was replaced after the process had ended", async () => {
  await using hashed = await startHashedMonitor({ algorithms: [] }, "ebpf");
  const { path, other, process } = await runOne(hashed);
  renameSync(other, path);
  hashed.hasher.enable("sha256");
  expect(await hashed.hasher.hash(process)).toEqual({ status: "changed", checksums: {} });
});

test("an executable that was removed after the process had ended", async () => {
  await using hashed = await startHashedMonitor({ algorithms: [] }, "ebpf");
  const { path, process } = await runOne(hashed);
  rmSync(path);
  hashed.hasher.enable("sha256");
  expect(await hashed.hasher.hash(process)).toEqual({ status: "gone", checksums: {} });
});
