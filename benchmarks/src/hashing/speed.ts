import { execFileSync, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Process } from "@procmon/core";
import { type Hashing, hashing } from "@procmon/hashing";
import { over, playRounds, timeOnce } from "../measure.ts";
import { type Row, report } from "../report.ts";
import { sized } from "../size.ts";
import { type BigPrograms, startBigPrograms } from "./big-programs.ts";

const BYTES = sized(100_000_000);
const GIGABYTE = sized(1_000_000_000);
const ROUNDS = sized(9);
const FILES = 4;

/** Checksums of large executables against openssl(1): one file, several at once, and what the event loop feels. */
export async function hashSpeed(): Promise<void> {
  if (spawnSync("openssl", ["version"]).error) {
    console.log("\nhashing: openssl is not installed, so there is nothing to compare with.");
    return;
  }
  await using programs = await startBigPrograms(FILES, BYTES);
  const rows: Row[] = [];
  for (const algorithm of ["sha256", "md5"] as const) rows.push(await oneFile(programs, algorithm));
  rows.push(await bothAtOnce(programs), await severalFiles(programs));
  report(`hashing: executables of ${BYTES / 1e6} MB, whose pages are in memory`, rows, [
    "openssl's time is that of the whole command; its start takes some milliseconds",
  ]);
  await eventLoop();
}

/** As fast as openssl is 1; the promise is 0.9 at least. */
function speedRow(name: string, ours: number, theirs: number, peer: string, least: number): Row {
  return {
    name: `${name}: speed`,
    value: theirs / ours,
    unit: "×",
    limit: { least },
    against: { name: `${peer} (${theirs.toFixed(0)} ms; ours ${ours.toFixed(0)} ms)`, value: 1 },
  };
}

async function oneFile(programs: BigPrograms, algorithm: "sha256" | "md5"): Promise<Row> {
  const [path = ""] = programs.paths;
  const hasher = hashing({ algorithms: [algorithm] });
  const rounds = await playRounds(ROUNDS, async () => {
    const theirs = await timeOnce(() => execFileSync("openssl", ["dgst", `-${algorithm}`, path]));
    const [process] = await programs.fresh();
    const ours = await timeOnce(() => whole(hasher, process));
    return { ours, theirs };
  });
  await hasher.stop();
  const { least } = over(rounds);
  return speedRow(
    algorithm,
    least(({ ours }) => ours),
    least(({ theirs }) => theirs),
    "openssl dgst",
    0.9,
  );
}

async function bothAtOnce(programs: BigPrograms): Promise<Row> {
  const [path = ""] = programs.paths;
  const hasher = hashing({ algorithms: ["sha256", "md5"] });
  const rounds = await playRounds(ROUNDS, async () => {
    const theirs = await timeOnce(() => {
      for (const algorithm of ["sha256", "md5"]) execFileSync("openssl", ["dgst", `-${algorithm}`, path]);
    });
    const [process] = await programs.fresh();
    return { theirs, ours: await timeOnce(() => whole(hasher, process)) };
  });
  await hasher.stop();
  const { least } = over(rounds);
  return speedRow(
    "sha256 and md5",
    least(({ ours }) => ours),
    least(({ theirs }) => theirs),
    "openssl dgst twice",
    0.9,
  );
}

/** How much faster files are that are asked for at once than after each other. */
async function severalFiles(programs: BigPrograms): Promise<Row> {
  const hasher = hashing({ algorithms: ["sha256"] });
  const rounds = await playRounds(ROUNDS, async () => {
    const first = await programs.fresh();
    const inTurn = await timeOnce(async () => {
      for (const process of first) await whole(hasher, process);
    });
    const second = await programs.fresh();
    return { inTurn, together: await timeOnce(() => Promise.all(second.map((process) => whole(hasher, process)))) };
  });
  await hasher.stop();
  const { least } = over(rounds);
  const cores = Math.min(availableParallelism(), FILES);
  return {
    name: `${FILES} files at once: speed`,
    value: least(({ inTurn }) => inTurn) / least(({ together }) => together),
    unit: "×",
    limit: { least: cores * 0.8 },
    against: { name: `one after the other, with ${cores} processors`, value: 1 },
  };
}

async function eventLoop(): Promise<void> {
  await using programs = await startBigPrograms(FILES, GIGABYTE / FILES);
  const hasher = hashing({ algorithms: ["sha256", "md5"] });
  const processes = await programs.fresh();
  const idle = await delayWhile(() => new Promise((resolve) => setTimeout(resolve, 1000)));
  const busy = await delayWhile(() => Promise.all(processes.map((process) => whole(hasher, process))));
  await hasher.stop();
  report(`hashing: the event loop while ${GIGABYTE / 1e6} MB are read, sha256 and md5`, [
    {
      name: "delay, 99 of 100",
      value: busy.p99,
      unit: "ms",
      limit: { value: 5 },
      against: { name: "idle", value: idle.p99 },
    },
    { name: "delay, the longest", value: busy.most, unit: "ms", against: { name: "idle", value: idle.most } },
  ]);
}

async function delayWhile(work: () => Promise<unknown>): Promise<{ readonly p99: number; readonly most: number }> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  await work();
  delay.disable();
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return { p99: late(delay.percentile(99)), most: late(delay.max) };
}

const RESOLUTION_MS = 1;

async function whole(hasher: Hashing, process: Process | undefined): Promise<void> {
  const known = process && (await hasher.hash(process));
  if (known?.status !== "ok") throw new Error(`no checksum: ${known?.status}`);
}
