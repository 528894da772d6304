import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Fixture } from "@procmon-internal/fixtures";
import { startLineProcess } from "./line-process.ts";
import { over, playRounds } from "./measure.ts";
import { makeStorm, openProcessStorm, PROGRAM, type StormDone, stormWithMonitor } from "./process-storm.ts";
import { report } from "./report.ts";
import { sized } from "./size.ts";

const COUNT = sized(3000);
const ROUNDS = sized(7);

/** What `c/proc-listener.c` prints. CPU in milliseconds, memory in kB. */
interface ListenerAccount {
  readonly exec: number;
  readonly both: number;
  readonly overruns: number;
  readonly cpu: number;
  readonly peak: number;
}

/** 3,000 processes that are made, run a program and end, one after the other: alone, and with somebody who watches. */
export async function storm(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "procmon-bench-"));
  const listener = join(folder, "proc-listener");
  execFileSync("cc", ["-O2", "-o", listener, fileURLToPath(new URL("../c/proc-listener.c", import.meta.url))]);
  await using maker = await openProcessStorm(COUNT, 1);
  try {
    reportRounds(await playRounds(ROUNDS, () => playRound(maker, listener)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Round = Awaited<ReturnType<typeof playRound>>;

async function playRound(maker: Fixture<StormDone>, listener: string) {
  const alone = (await makeStorm(maker)).wallNs;
  const deaf = await withListener(maker, [listener, "deaf"]);
  const c = await withListener(maker, [listener]);
  const ours = await stormWithMonitor(maker, "connector");
  const polling = await stormWithMonitor(maker, "polling");
  const slowdown = {
    deaf: deaf.wallNs / alone,
    c: c.wallNs / alone,
    ours: ours.done.wallNs / alone,
    polling: polling.done.wallNs / alone,
  };
  return { alone, slowdown, c: c.account, ours, polling };
}

async function withListener(maker: Fixture<StormDone>, command: readonly string[]) {
  const listener = await startLineProcess(command);
  const { wallNs } = await makeStorm(maker);
  listener.child.kill("SIGTERM");
  const account = await listener.next<ListenerAccount>();
  await listener.ended();
  return { wallNs, account };
}

function reportRounds(rounds: readonly Round[]): void {
  const { middle, least, most } = over(rounds);
  const readInTime = middle(({ c }) => (c.both / c.exec) * 100);
  const alone = middle((round) => round.alone) / 1e9;
  const listener = "a listener in C";
  report(`A storm: ${COUNT} × fork, exec, exit of ${PROGRAM}, ${(COUNT / alone).toFixed(0)}/s alone`, [
    {
      name: "slowdown with procmon's proc method",
      value: middle(({ slowdown }) => slowdown.ours),
      unit: "×",
      against: { name: listener, value: middle(({ slowdown }) => slowdown.c) },
      limit: { ratio: 1 },
    },
    { name: "  with a subscriber that never reads", value: middle(({ slowdown }) => slowdown.deaf), unit: "×" },
    { name: "  with the proc method polling", value: middle(({ slowdown }) => slowdown.polling), unit: "×" },
    {
      name: "exec events of the storm, the fewest",
      value: least(({ ours }) => ours.seen.counts.exec ?? 0),
      unit: "",
      limit: { least: COUNT },
    },
    {
      name: "exit events of the storm, the fewest",
      value: least(({ ours }) => ours.seen.counts.exit ?? 0),
      unit: "",
      limit: { least: COUNT },
    },
    { name: "lost events, the most", value: most(({ ours }) => ours.seen.lost), unit: "", limit: { value: 0 } },
    {
      name: "execs with path and arguments read in time",
      value: middle(({ ours }) => (ours.execs.right / COUNT) * 100),
      unit: "%",
      against: { name: listener, value: readInTime },
      limit: { least: readInTime - 5 },
    },
    {
      name: "execs with a wrong path or arguments, the most",
      value: most(({ ours }) => ours.execs.wrong),
      unit: "",
      limit: { value: 0 },
    },
    {
      name: "CPU of the monitor, Node's start included",
      value: middle(({ ours }) => ours.cost.cpuOfStart + ours.cost.cpuOfWork),
      unit: "s",
      against: { name: listener, value: middle(({ c }) => c.cpu) / 1000 },
      limit: { value: 0.6 },
    },
    { name: "  of that, during the storm", value: middle(({ ours }) => ours.cost.cpuOfWork), unit: "s" },
    {
      name: "peak memory of the monitor",
      value: middle(({ ours }) => ours.cost.peak),
      unit: "MB",
      against: { name: listener, value: middle(({ c }) => c.peak) / 1024 },
    },
    { name: "exec events by polling", value: middle(({ polling }) => polling.seen.counts.exec ?? 0), unit: "" },
  ]);
}
