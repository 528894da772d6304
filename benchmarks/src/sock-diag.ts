import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectionTuple, createMonitor, DEFAULT_PROCFS, type Monitor, readInetTable } from "@procmon/core";
import { procMethod } from "@procmon/method-proc";
import { openSockDiag } from "@procmon/native";
import { spawnFixture } from "@procmon-internal/fixtures";
import { median, timeEach, timeOnce, timePerCall } from "./measure.ts";
import { report } from "./report.ts";

const ROUNDS = 15;
const LOOKUP_ROUNDS = 9;

/** After so long neither the first looks for events nor the last pass tell anything any more. */
const FORGOTTEN_MS = 1500;

/** What the load says of itself: each process, and one of its connections. */
interface Load {
  readonly pid: number;
  readonly connections: readonly LoadConnection[];
}

interface LoadConnection {
  readonly pid: number;
  readonly srcPort: number;
  readonly dstPort: number;
}

/** Socket tables by sock_diag(7) against those of `/proc`, and what that makes of lookups, with 200 processes and 10,000 sockets. */
export async function tables(): Promise<void> {
  await using fixture = await spawnFixture<Load>("load", ["200", "10000"], { timeoutMs: 120_000 });
  const { connections } = fixture.ready;
  await compareTables(connections);
  await compareLookups(connections);
}

async function compareTables(connections: readonly LoadConnection[]): Promise<void> {
  using diag = openSockDiag();
  const parse = (srcPorts?: ReadonlySet<number>) =>
    readInetTable(DEFAULT_PROCFS, process.pid, "tcp", srcPorts ? { srcPorts } : {});
  const first = tupleOf(connections[0]);
  const query = () => {
    if (!diag.findInet({ ...first, protocol: "tcp" })) throw new Error("the connection is not there");
  };
  const ports = new Set([first.srcPort]);
  // The machine may have more than the load's.
  const count = diag.dumpInet("tcp").length;
  const forTenThousand = async (work: () => unknown) => (median(await timeEach(ROUNDS, work)) * 10_000) / count;
  const dump = await forTenThousand(() => diag.dumpInet("tcp"));
  const proc = await forTenThousand(() => parse());
  const ss = await forTenThousand(() => execFileSync("ss", ["-tanH"], { maxBuffer: 64 << 20 }));
  const one = await timePerCall(500, query);
  const oneOfProc = await timePerCall(3, () => parse(ports));
  const somePorts = await timePerCall(20, () => diag.dumpInet("tcp", { srcPorts: ports }));
  report(`The table of ${count} TCP sockets`, [
    {
      name: "dumped by sock_diag and decoded, for each 10,000",
      value: dump,
      unit: "ms",
      against: { name: "/proc/net/tcp parsed", value: proc },
      limit: { value: 15 },
    },
    {
      name: "  the same, against ss -tanH",
      value: dump,
      unit: "ms",
      against: { name: "ss", value: ss },
      limit: { ratio: 1 },
    },
    {
      name: "one connection, by its tuple",
      value: one,
      unit: "µs",
      against: { name: "/proc/net/tcp with its port", value: oneOfProc },
      limit: { value: 150 },
    },
    {
      name: "the sockets of one local port",
      value: somePorts,
      unit: "µs",
      against: { name: "/proc/net/tcp with its port", value: oneOfProc },
      limit: { ratio: 1 },
    },
  ]);
}

async function compareLookups(connections: readonly LoadConnection[]): Promise<void> {
  const native = await measureLookups(connections, true);
  const plain = await measureLookups(connections, false);
  report("The same machine, with native code and without", [
    {
      name: "findOwner, never seen",
      value: median(native.later),
      unit: "ms",
      against: { name: "native: false", value: median(plain.later) },
      limit: { ratio: 1 / 3 },
    },
    {
      name: "  the very first one, right after the start",
      value: median(native.first),
      unit: "ms",
      against: { name: "native: false", value: median(plain.first) },
    },
    {
      name: "a snapshot of all",
      value: median(native.list),
      unit: "ms",
      against: { name: "native: false", value: median(plain.list) },
    },
  ]);
}

interface LookupTimes {
  /** Of the first one, right after the start. */
  readonly first: readonly number[];
  /** Of those when nothing is remembered any more. */
  readonly later: readonly number[];
  readonly list: readonly number[];
}

async function measureLookups(connections: readonly LoadConnection[], native: boolean): Promise<LookupTimes> {
  const times = { first: [] as number[], later: [] as number[], list: [] as number[] };
  let at = 0;
  const ask = (monitor: Monitor) => timeOnce(() => expectOwner(monitor, connections[(at++ * 37) % connections.length]));
  for (let round = 0; round < LOOKUP_ROUNDS; round++) {
    await using monitor = createMonitor({ methods: [procMethod({ native })], strict: true });
    await monitor.start();
    times.first.push(await ask(monitor));
    expectSource(monitor, native, 1);
    times.list.push(await timeOnce(() => monitor.snapshot({ families: ["inet"] })));
  }
  await using monitor = createMonitor({ methods: [procMethod({ native })], strict: true });
  await monitor.start();
  for (let round = 1; round <= LOOKUP_ROUNDS; round++) {
    await sleep(FORGOTTEN_MS);
    times.later.push(await ask(monitor));
    expectSource(monitor, native, round);
  }
  return times;
}

/** Asks for a connection, and holds the answer against what the load says. */
async function expectOwner(monitor: Monitor, wanted: LoadConnection | undefined): Promise<void> {
  const answer = await monitor.findOwner(tupleOf(wanted));
  if (answer.kind !== "process" || answer.owners[0].pid !== wanted?.pid)
    throw new Error(`wrong owner: ${JSON.stringify(answer)}`);
}

/** A benchmark that measures the fallback measures nothing: each of so many lookups was a question and a pass. */
function expectSource(monitor: Monitor, native: boolean, lookups: number): void {
  const { exactQueries, passes, nativePasses } = monitor.stats().methodStats;
  const natively = native ? lookups : 0;
  if (passes !== lookups || exactQueries !== natively || nativePasses !== natively)
    throw new Error(`it came from elsewhere: ${JSON.stringify(monitor.stats().methodStats)}`);
}

function tupleOf(connection: LoadConnection | undefined): ConnectionTuple {
  if (!connection) throw new Error("the load has no connections");
  const { srcPort, dstPort } = connection;
  return { protocol: "tcp", srcIp: "127.0.0.1", srcPort, dstIp: "127.0.0.1", dstPort };
}
