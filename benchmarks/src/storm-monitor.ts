// Watches a storm of processes from a process of its own: `node storm-monitor.ts connector|polling`. Prints {"pid"} when it watches. For a line of
// input, which is an ExpectedStorm, it waits until nothing more comes, prints a StormAccount and ends. SIGTERM ends it without.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createMonitor, type Process } from "@procmon/core";
import { procMethod } from "@procmon/method-proc";

/** What the storm did: the child of number `n` ran `path` with the arguments `args` and n. */
export interface ExpectedStorm {
  readonly pids: readonly number[];
  readonly path: string;
  readonly args: readonly string[];
}

/** What was seen of it. */
export interface StormAccount {
  /** Events of its processes, by type. */
  readonly exec: number;
  readonly fork: number;
  readonly exit: number;
  /** Over the whole machine. */
  readonly lost: number;
  /** Execs whose path and arguments were read, and are the right ones. */
  readonly right: number;
  /** Execs with another path, or other arguments. */
  readonly wrong: number;
  /** Execs of which one of the two is not known, and the other one is not wrong. */
  readonly unknown: number;
  /** Seconds of this whole process, and since it began to watch. */
  readonly cpu: number;
  readonly cpuOfStorm: number;
  /** Peak resident memory in MB. */
  readonly peak: number;
  readonly methodStats: Readonly<Record<string, number>>;
}

/** Milliseconds between two looks whether everything has come, and without any event after which no more is waited for. */
const LOOK_MS = 100;
const QUIET_MS = 2000;

/** No more than is compared: what the reader keeps is no cost of the monitor's. */
const execs: Pick<Process, "pid" | "path" | "args">[] = [];
const forks: number[] = [];
const exits: number[] = [];
let lost = 0;

async function watch(): Promise<void> {
  const polling = process.argv[2] === "polling";
  const monitor = createMonitor({ methods: polling ? [procMethod({ native: false })] : ["proc"], strict: true });
  const stream = monitor.events({ types: ["exec", "fork", "exit", "lost"] });
  await monitor.start();
  const cpuBefore = cpuSeconds();
  console.log(JSON.stringify({ pid: process.pid }));
  const reading = (async () => {
    for await (const event of stream) {
      if (event.type === "exec") execs.push(compared(event.process));
      else if (event.type === "fork") forks.push(event.process.pid);
      else if (event.type === "exit") exits.push(event.process.pid);
      else if (event.type === "lost") lost += event.count;
    }
  })();
  const [line] = (await once(createInterface({ input: process.stdin }), "line")) as [string];
  const expected = JSON.parse(line) as ExpectedStorm;
  await quiet(expected);
  const cpu = cpuSeconds();
  const { methodStats } = monitor.stats();
  await monitor.stop();
  await reading;
  const account: StormAccount = {
    ...compare(expected),
    lost,
    cpu,
    cpuOfStorm: cpu - cpuBefore,
    peak: peakMegabytes(),
    methodStats,
  };
  console.log(JSON.stringify(account));
}

function compared({ pid, path, args }: Process): Pick<Process, "pid" | "path" | "args"> {
  return { pid, ...(path === undefined ? {} : { path }), ...(args === undefined ? {} : { args }) };
}

/** Waits until the end of each process of the storm has been told, or nothing comes any more. */
async function quiet({ pids }: ExpectedStorm): Promise<void> {
  const wanted = new Set(pids);
  const missing = () => exits.reduce((count, pid) => count - Number(wanted.has(pid)), pids.length);
  let seen = -1;
  for (let silent = 0; silent < QUIET_MS && missing() > 0; silent += LOOK_MS) {
    if (exits.length !== seen) silent = 0;
    seen = exits.length;
    await sleep(LOOK_MS);
  }
}

function compare({ pids, path, args }: ExpectedStorm) {
  const numbers = new Map(pids.map((pid, number) => [pid, number]));
  const ofStorm = (seen: readonly number[]) => seen.filter((pid) => numbers.has(pid)).length;
  const counts = { exec: 0, right: 0, wrong: 0, unknown: 0 };
  for (const process of execs) {
    const number = numbers.get(process.pid);
    if (number === undefined) continue;
    counts.exec++;
    const wanted = JSON.stringify([...args, String(number)]);
    const isWrong =
      (process.path !== undefined && process.path !== path) ||
      (process.args !== undefined && JSON.stringify(process.args) !== wanted);
    const isWhole = process.path !== undefined && process.args !== undefined;
    counts[isWrong ? "wrong" : isWhole ? "right" : "unknown"]++;
  }
  return { ...counts, fork: ofStorm(forks), exit: ofStorm(exits) };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function peakMegabytes(): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
}

await watch();
process.exit(0);
