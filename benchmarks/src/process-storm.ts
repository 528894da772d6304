import { realpathSync } from "node:fs";
import { type Fixture, spawnFixture } from "@procmon-internal/fixtures";
import type { MonitorSetup, Seen, SeenDetail, SeenQuestion } from "./monitor-messages.ts";
import { watchedByMonitor } from "./start-monitor.ts";

/** What each process of a storm runs. */
export const PROGRAM = "/bin/true";

/** What the fixture `storm` tells of one. */
export interface StormDone {
  readonly pid: number;
  readonly pids: readonly number[];
  readonly wallNs: number;
}

/** Makes storms of processes, which are forked, run {@link PROGRAM} and end, so many of them at once. */
export function openProcessStorm(count: number, jobs: number): Promise<Fixture<StormDone>> {
  return spawnFixture<StormDone>("storm", [`${count}`, `${jobs}`, "run", PROGRAM], { timeoutMs: 120_000 });
}

/** One storm; works with any fixture that makes one for each line. */
export function makeStorm<Done>(maker: Fixture<Done>): Promise<Done> {
  maker.tell();
  return maker.next();
}

/** How many execs were told as what they are. */
export interface ExecAccount {
  /** Path and arguments are known, and the right ones. */
  readonly right: number;
  /** Another path, or other arguments. */
  readonly wrong: number;
}

/** One storm that a monitor of ours watches. */
export async function stormWithMonitor(maker: Fixture<StormDone>, way: MonitorSetup["way"]) {
  const setup: MonitorSetup = { way, types: ["fork", "exec", "exit"], keep: "details" };
  const everyExit = ({ pids }: StormDone): SeenQuestion => ({ type: "exit", count: pids.length, pids });
  const { done, cost, seen } = await watchedByMonitor(setup, () => makeStorm(maker), everyExit);
  return { done, cost, seen, execs: compareExecs(seen, done) };
}

function compareExecs({ details }: Seen, { pids }: StormDone): ExecAccount {
  const numbers = new Map(pids.map((pid, number) => [pid, number]));
  const path = realpathSync(PROGRAM);
  const argsOf = ({ pid }: SeenDetail) => JSON.stringify([PROGRAM, String(numbers.get(pid))]);
  let [right, wrong] = [0, 0];
  for (const exec of details) {
    if (exec.type !== "exec") continue;
    const isPath = exec.path === undefined ? undefined : exec.path === path;
    const areArgs = exec.args === undefined ? undefined : JSON.stringify(exec.args) === argsOf(exec);
    if (isPath === false || areArgs === false) wrong++;
    else if (isPath && areArgs) right++;
  }
  return { right, wrong };
}
