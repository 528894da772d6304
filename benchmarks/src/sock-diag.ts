import { execFileSync } from "node:child_process";
import { type ConnectionTuple, createMonitor, DEFAULT_PROCFS, type Monitor, readInetTable } from "@procmon/core";
import { procMethod } from "@procmon/method-proc";
import { openSockDiag } from "@procmon/native";
import { spawnFixture } from "@procmon-internal/fixtures";
import { median, timeEach, timeOnce, timePerCall } from "./measure.ts";
import { report } from "./report.ts";

const ROUNDS = 15;

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
  const times = {
    native: [] as number[],
    plain: [] as number[],
    nativeList: [] as number[],
    plainList: [] as number[],
  };
  for (let round = 0; round < ROUNDS; round++) {
    const asked = connections[(round * 37) % connections.length];
    for (const native of [true, false]) {
      await using monitor = createMonitor({ methods: [procMethod({ native })], strict: true });
      await monitor.start();
      times[native ? "native" : "plain"].push(await timeOnce(() => expectOwner(monitor, asked)));
      expectSource(monitor, native);
      times[native ? "nativeList" : "plainList"].push(await timeOnce(() => monitor.snapshot({ families: ["inet"] })));
    }
  }
  report("The same machine, with native code and without", [
    {
      name: "findOwner, nothing known",
      value: median(times.native),
      unit: "ms",
      against: { name: "native: false", value: median(times.plain) },
      limit: { ratio: 1 / 3 },
    },
    {
      name: "a snapshot of all",
      value: median(times.nativeList),
      unit: "ms",
      against: { name: "native: false", value: median(times.plainList) },
    },
  ]);
}

/** Asks for a connection, and holds the answer against what the load says. */
async function expectOwner(monitor: Monitor, wanted: LoadConnection | undefined): Promise<void> {
  const answer = await monitor.findOwner(tupleOf(wanted));
  if (answer.kind !== "process" || answer.owners[0].pid !== wanted?.pid)
    throw new Error(`wrong owner: ${JSON.stringify(answer)}`);
}

/** A benchmark that measures the fallback measures nothing. */
function expectSource(monitor: Monitor, native: boolean): void {
  const { exactQueries, nativePasses } = monitor.stats().methodStats;
  if (exactQueries !== (native ? 1 : 0) || nativePasses !== (native ? 1 : 0))
    throw new Error(`it came from elsewhere: ${JSON.stringify(monitor.stats().methodStats)}`);
}

function tupleOf(connection: LoadConnection | undefined): ConnectionTuple {
  if (!connection) throw new Error("the load has no connections");
  const { srcPort, dstPort } = connection;
  return { protocol: "tcp", srcIp: "127.0.0.1", srcPort, dstIp: "127.0.0.1", dstPort };
}
