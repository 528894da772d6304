import { setTimeout as sleep } from "node:timers/promises";
import { spawnFixture } from "@procmon-internal/fixtures";
import { memoryOf } from "../cost.ts";
import { median } from "../measure.ts";
import type { MonitorSetup } from "../monitor-messages.ts";
import { makeStorm } from "../process-storm.ts";
import { report } from "../report.ts";
import { sized } from "../size.ts";
import { type RunningMonitor, startMonitor } from "../start-monitor.ts";

const PROCESSES = sized(5000);
/** As each end sees one: both are here. */
const CONNECTIONS = sized(100_000);
/** Each process has a listener besides. */
const SOCKETS = PROCESSES + CONNECTIONS;

/** Connections of one storm, with four events each, and how many storms there are. */
const STORM = sized(50_000);
const STORMS = 25;
const EVENTS_EACH = 4;
const SETTLE_MS = 2000;

/** Node's own choice lets what is garbage grow to several times of what is not, since memory that is there is not spared. */
const SMALL_HEAP = "--optimize-for-size";

const SETUP: MonitorSetup = {
  way: "ebpf",
  types: ["exec", "fork", "exit", "connect", "accept", "listen", "close", "flow"],
  keep: "nothing",
};

interface ConnectionsDone {
  readonly pid: number;
  readonly wallNs: number;
}

/** What a monitor keeps in memory: of what lives, and of what is over. */
export async function memory(): Promise<void> {
  const small = await measureIdle();
  const { seen, found } = await measureLiving();
  const { samples, events, lost } = await measureGrowth();
  // The garbage collector's moods are no growth: a few samples around each end.
  const of = (from: number, to: number) => median(samples.slice(from, to));
  const early = of(STORMS / 5 - 1, (STORMS / 5) * 2);
  const late = of(STORMS - STORMS / 5 - 1, STORMS);
  const idle = { name: "one where nothing happens", value: small };
  report(`ebpf: memory with ${CONNECTIONS} connections (each end is one) of ${PROCESSES} processes`, [
    { name: "resident, of which it saw the beginning", value: seen, unit: "MB", against: idle, limit: { value: 100 } },
    { name: "resident, found at its start", value: found.now, unit: "MB", against: idle, limit: { value: 100 } },
    { name: "  its peak", value: found.peak, unit: "MB", against: idle },
  ]);
  report(`ebpf: memory over ${events} events`, [
    { name: "resident after the first fifth", value: early, unit: "MB" },
    { name: "  growth until the end", value: late - early, unit: "MB", limit: { value: 10 } },
    { name: "lost events", value: lost, unit: "" },
  ]);
}

async function measureIdle(): Promise<number> {
  await using monitor = await startMonitor(SETUP, SMALL_HEAP);
  return (await settled(monitor)).now;
}

async function measureLiving() {
  await using early = await startMonitor(SETUP, SMALL_HEAP);
  await using _load = await spawnFixture("load", [`${PROCESSES}`, `${SOCKETS}`], { timeoutMs: 300_000 });
  const { counts, lost } = await early.ask({ type: "connect", count: CONNECTIONS / 2 });
  if ((counts.connect ?? 0) < CONNECTIONS / 2) throw new Error(`${counts.connect} connections were told, ${lost} lost`);
  const seen = await settled(early);
  await using late = await startMonitor(SETUP, SMALL_HEAP);
  return { seen: seen.now, found: await settled(late) };
}

async function settled(monitor: RunningMonitor) {
  await sleep(SETTLE_MS);
  return memoryOf(monitor.pid);
}

/** Resident memory after each storm. */
async function measureGrowth() {
  await using load = await spawnFixture<ConnectionsDone>("connection-storm", [`${STORM}`], { timeoutMs: 120_000 });
  await using monitor = await startMonitor(SETUP, SMALL_HEAP);
  const samples: number[] = [];
  for (let storm = 1; storm <= STORMS; storm++) {
    await makeStorm(load);
    await monitor.ask({ type: "close", count: storm * STORM * 2 });
    samples.push(memoryOf(monitor.pid).now);
  }
  const { total, lost } = await monitor.ask({ type: "close", count: 0 });
  const wanted = STORMS * STORM * EVENTS_EACH;
  if (total + lost < wanted) throw new Error(`${total} events were told and ${lost} lost, of ${wanted}`);
  return { samples, events: total, lost };
}
