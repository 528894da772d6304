import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Fixture, spawnFixture } from "@procmon-internal/fixtures";
import { startLineProcess } from "./line-process.ts";
import { median } from "./measure.ts";
import { report } from "./report.ts";
import type { ExpectedStorm, StormAccount } from "./storm-monitor.ts";

const COUNT = 3000;
const ROUNDS = 7;
const PROGRAM = "/bin/true";
const MONITOR = fileURLToPath(new URL("./storm-monitor.ts", import.meta.url));
/** Where our packages resolve. */
const CWD = fileURLToPath(new URL("..", import.meta.url));

/** What `c/proc-listener.c` prints. CPU in milliseconds, memory in kB. */
interface ListenerAccount {
  readonly exec: number;
  readonly both: number;
  readonly overruns: number;
  readonly cpu: number;
  readonly peak: number;
}

interface StormDone {
  readonly pid: number;
  readonly pids: readonly number[];
  readonly wallNs: number;
}

/** 3,000 processes that are made, run a program and end, one after the other: alone, and with somebody who watches. */
export async function storm(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "procmon-bench-"));
  const listener = join(folder, "proc-listener");
  execFileSync("cc", ["-O2", "-o", listener, fileURLToPath(new URL("../c/proc-listener.c", import.meta.url))]);
  await using maker = await spawnFixture<StormDone>("storm", [`${COUNT}`, "1", "run", PROGRAM], { timeoutMs: 120_000 });
  const rounds: Round[] = [];
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      const measured = await playRound(maker, listener);
      // The first one warms up.
      if (round > 0) rounds.push(measured);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  reportRounds(rounds);
}

type Round = Awaited<ReturnType<typeof playRound>>;

/** Each way once: what disturbs one disturbs all. */
async function playRound(maker: Fixture<StormDone>, listener: string) {
  const alone = (await makeStorm(maker)).wallNs;
  const deaf = await withListener(maker, [listener, "deaf"]);
  const c = await withListener(maker, [listener]);
  const ours = await withMonitor(maker, "connector");
  const polling = await withMonitor(maker, "polling");
  const slowdown = {
    deaf: deaf.wallNs / alone,
    c: c.wallNs / alone,
    ours: ours.wallNs / alone,
    polling: polling.wallNs / alone,
  };
  return { alone, slowdown, c: c.account, ours: ours.account, polling: polling.account };
}

function makeStorm(maker: Fixture<StormDone>): Promise<StormDone> {
  maker.tell();
  return maker.next();
}

async function withListener(maker: Fixture<StormDone>, command: readonly string[]) {
  const listener = await startLineProcess(command);
  const { wallNs } = await makeStorm(maker);
  listener.child.kill("SIGTERM");
  const account = await listener.next<ListenerAccount>();
  await listener.ended();
  return { wallNs, account };
}

async function withMonitor(maker: Fixture<StormDone>, way: "connector" | "polling") {
  const monitor = await startLineProcess([process.execPath, ...process.execArgv, MONITOR, way], CWD);
  const { wallNs, pids } = await makeStorm(maker);
  const expected: ExpectedStorm = { pids, path: realpathSync(PROGRAM), args: [PROGRAM] };
  monitor.tell(JSON.stringify(expected));
  const account = await monitor.next<StormAccount>();
  await monitor.ended();
  return { wallNs, account };
}

function reportRounds(rounds: readonly Round[]): void {
  const of = (value: (round: Round) => number) => median(rounds.map(value));
  const least = (value: (round: Round) => number) => Math.min(...rounds.map(value));
  const most = (value: (round: Round) => number) => Math.max(...rounds.map(value));
  const readInTime = of(({ c }) => (c.both / c.exec) * 100);
  const alone = of((round) => round.alone) / 1e9;
  const listener = "a listener in C";
  report(`A storm: ${COUNT} × fork, exec, exit of ${PROGRAM}, ${(COUNT / alone).toFixed(0)}/s alone`, [
    {
      name: "slowdown with procmon's proc method",
      value: of(({ slowdown }) => slowdown.ours),
      unit: "×",
      against: { name: listener, value: of(({ slowdown }) => slowdown.c) },
      limit: { ratio: 1 },
    },
    { name: "  with a subscriber that never reads", value: of(({ slowdown }) => slowdown.deaf), unit: "×" },
    { name: "  with the proc method polling", value: of(({ slowdown }) => slowdown.polling), unit: "×" },
    {
      name: "exec events of the storm, the fewest",
      value: least(({ ours }) => ours.exec),
      unit: "",
      limit: { least: COUNT },
    },
    {
      name: "exit events of the storm, the fewest",
      value: least(({ ours }) => ours.exit),
      unit: "",
      limit: { least: COUNT },
    },
    { name: "lost events, the most", value: most(({ ours }) => ours.lost), unit: "", limit: { value: 0 } },
    {
      name: "execs with path and arguments read in time",
      value: of(({ ours }) => (ours.right / COUNT) * 100),
      unit: "%",
      against: { name: listener, value: readInTime },
      limit: { least: readInTime - 5 },
    },
    {
      name: "execs with a wrong path or arguments, the most",
      value: most(({ ours }) => ours.wrong),
      unit: "",
      limit: { value: 0 },
    },
    {
      name: "CPU of the monitor, Node's start included",
      value: of(({ ours }) => ours.cpu),
      unit: "s",
      against: { name: listener, value: of(({ c }) => c.cpu) / 1000 },
      limit: { value: 0.6 },
    },
    { name: "  of that, during the storm", value: of(({ ours }) => ours.cpuOfStorm), unit: "s" },
    {
      name: "peak memory of the monitor",
      value: of(({ ours }) => ours.peak),
      unit: "MB",
      against: { name: listener, value: of(({ c }) => c.peak) / 1024 },
    },
    { name: "exec events by polling", value: of(({ polling }) => polling.exec), unit: "" },
  ]);
}
