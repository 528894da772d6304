import { execFileSync } from "node:child_process";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type ConnectionTuple, createMonitor, type Monitor } from "@procmon/core";
import { spawnFixture } from "@procmon-internal/fixtures";
import systeminformation from "systeminformation";
import { median, timeOnce } from "./measure.ts";
import { report } from "./report.ts";

const ROUNDS = 7;

/** What the load says of itself: each process, and one of its connections. */
interface Load {
  readonly pid: number;
  readonly connections: readonly { readonly pid: number; readonly srcPort: number; readonly dstPort: number }[];
}

/** A connection never seen before, on a machine with 1,000 processes and 10,000 sockets. */
export async function miss(): Promise<void> {
  await using fixture = await spawnFixture<Load>("load", ["1000", "10000"], { timeoutMs: 120_000 });
  const load = fixture.ready;
  const times = {
    ours: [] as number[],
    ten: [] as number[],
    second: [] as number[],
    ss: [] as number[],
    library: [] as number[],
  };
  const delays: number[] = [];
  const scans: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await withMonitor(async (monitor) => {
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      times.ours.push(await timeOnce(() => expectOwner(monitor, load, round)));
      delay.disable();
      delays.push(delay.max / 1e6 - 1);
      times.second.push(await timeOnce(() => expectOwner(monitor, load, round + 100)));
    });
    await withMonitor(async (monitor) => {
      const asked = Array.from({ length: 10 }, (_, i) => expectOwner(monitor, load, round * 10 + i));
      times.ten.push(await timeOnce(() => Promise.all(asked)));
      scans.push(monitor.stats().methodStats.passes ?? Number.NaN);
    });
    times.ss.push(await timeOnce(() => execFileSync("ss", ["-tunap"], { maxBuffer: 64 << 20 })));
    times.library.push(await timeOnce(() => systeminformation.networkConnections()));
  }
  const ss = { name: "ss -tunap", value: median(times.ss) };
  report("A connection never seen, 1,000 processes and 10,000 sockets", [
    { name: "findOwner, nothing known", value: median(times.ours), unit: "ms", against: ss, limit: { ratio: 1 } },
    {
      name: "  against the package systeminformation",
      value: median(times.ours),
      unit: "ms",
      against: { name: "networkConnections()", value: median(times.library) },
    },
    { name: "ten at once", value: median(times.ten), unit: "ms", against: { name: "one", value: median(times.ours) } },
    { name: "  passes over all descriptors for these ten", value: median(scans), unit: "", limit: { value: 1 } },
    {
      name: "another one shortly after",
      value: median(times.second),
      unit: "ms",
      against: { name: "the first", value: median(times.ours) },
    },
    { name: "longest stall of the event loop meanwhile", value: median(delays), unit: "ms", limit: { value: 5 } },
  ]);
}

async function withMonitor(work: (monitor: Monitor) => Promise<void>): Promise<void> {
  await using monitor = createMonitor({ methods: ["proc"], strict: true });
  await monitor.start();
  await work(monitor);
}

/** Asks for the `n`th process's connection, and holds the answer against what the load says. */
async function expectOwner(monitor: Monitor, load: Load, n: number): Promise<void> {
  const wanted = load.connections[(n * 37) % load.connections.length];
  if (!wanted) throw new Error("the load has no connections");
  const tuple: ConnectionTuple = {
    protocol: "tcp",
    srcIp: "127.0.0.1",
    srcPort: wanted.srcPort,
    dstIp: "127.0.0.1",
    dstPort: wanted.dstPort,
  };
  const answer = await monitor.findOwner(tuple);
  if (answer.kind !== "process" || answer.owners[0].pid !== wanted.pid)
    throw new Error(`wrong owner: ${JSON.stringify(answer)}`);
}
