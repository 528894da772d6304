import { setTimeout as sleep } from "node:timers/promises";
import type { MonitorEventType } from "@procmon/core";
import { spawnFixture } from "@procmon-internal/fixtures";
import { cpuSecondsOf } from "../cost.ts";
import { over, playRounds } from "../measure.ts";
import { makeStorm } from "../process-storm.ts";
import { report } from "../report.ts";
import { sized } from "../size.ts";
import { startMonitor, watchedByMonitor } from "../start-monitor.ts";

/** A connection inside one process makes four events: connect, accept, and close at both ends. */
const EVENTS_EACH = 4;
const TYPES: readonly MonitorEventType[] = ["exec", "fork", "exit", "connect", "accept", "listen", "close", "flow"];
const EVENTS_PER_SECOND = 20_000;
/** The load comes in bursts, one every so many milliseconds. */
const BURST_MS = 50;
const BURST = (EVENTS_PER_SECOND * BURST_MS) / 1000 / EVENTS_EACH;
const BURSTS = sized(200);
const ROUNDS = sized(3);
const IDLE_MS = sized(10_000);
const IDLE_TRIALS = 4;
/** So few do not matter. */
const QUIET_EVENTS = 20;
/** After the start, until nothing of it is left to do. */
const REST_MS = 3000;

interface ConnectionsDone {
  readonly pid: number;
  readonly wallNs: number;
}

/** What one event costs a monitor with one subscriber, and what it costs to wait for events. */
export async function events(): Promise<void> {
  const rounds = await playRounds(ROUNDS, measureEvents);
  const idle = await measureIdle();
  const { middle, most } = over(rounds);
  report(
    `ebpf: ${middle(({ rate }) => rate).toFixed(0)} events/s, one subscriber`,
    [
      { name: "CPU of the monitor for each event", value: middle(({ each }) => each), unit: "µs", limit: { value: 8 } },
      { name: "lost events, the most", value: most(({ lost }) => lost), unit: "", limit: { value: 0 } },
      { name: "CPU when nothing happens", value: idle.cpu, unit: "%", limit: { value: 0.2 } },
    ],
    [`nothing: ${idle.events} events of others in ${IDLE_MS / 1000} s`],
  );
}

async function measureEvents() {
  await using load = await spawnFixture<ConnectionsDone>("connection-storm", [`${BURST}`]);
  const play = async () => {
    const began = performance.now();
    for (let burst = 1; burst <= BURSTS; burst++) {
      await makeStorm(load);
      await sleep(Math.max(0, began + burst * BURST_MS - performance.now()));
    }
    return (performance.now() - began) / 1000;
  };
  const count = BURST * BURSTS * EVENTS_EACH;
  const { done, cost, seen } = await watchedByMonitor({ way: "ebpf", types: TYPES, keep: "pids" }, play, () => ({
    type: "close",
    count: count / 2,
    pids: [load.pid],
  }));
  if (seen.total < count) throw new Error(`${seen.total} events of ${count} were told`);
  return { rate: seen.total / done, each: (cost.cpuOfWork / seen.total) * 1e6, lost: seen.lost };
}

/** Percent of a CPU, and the events of whatever else runs on the machine: of a few tries the quietest. */
async function measureIdle() {
  await using monitor = await startMonitor({ way: "ebpf", types: TYPES, keep: "nothing" });
  const told = async () => (await monitor.ask({ type: "exec", count: 0 })).total;
  let quietest = { cpu: Infinity, events: Infinity };
  for (let trial = 0; trial < IDLE_TRIALS && quietest.events > QUIET_EVENTS; trial++) {
    await sleep(REST_MS);
    const eventsBefore = await told();
    const before = cpuSecondsOf(monitor.pid);
    await sleep(IDLE_MS);
    const cpu = ((cpuSecondsOf(monitor.pid) - before) / IDLE_MS) * 1000 * 100;
    const events = (await told()) - eventsBefore;
    if (events < quietest.events) quietest = { cpu, events };
  }
  return quietest;
}
