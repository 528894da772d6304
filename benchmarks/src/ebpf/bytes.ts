import { setTimeout as sleep } from "node:timers/promises";
import { type CloseEvent, createMonitor, type EventStream, type Monitor } from "@procmon/core";
import { ebpfMethod } from "@procmon/method-ebpf";
import { type Requirement, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { report } from "../report.ts";
import { sized } from "../size.ts";

const BYTES = sized(20_000_000);

/** Milliseconds between two looks for the events of closed sockets, and after which no more is waited for. */
const LOOK_MS = 20;
const MOST_MS = 5000;

const TECHNIQUES = [
  ...["write", "sendmsg", "sendmmsg", "sendfile", "splice-in", "splice-out", "zerocopy", "io_uring", "fast-open"],
  ...["half-close", "mptcp", "udp-write", "udp-sendto", "udp-sendmsg", "udp-sendmmsg", "udp-gso", "udp-io_uring"],
  "udplite",
];

const NEEDS: Readonly<Record<string, Requirement>> = {
  io_uring: "io_uring",
  "udp-io_uring": "io_uring",
  mptcp: "mptcp",
  udplite: "udplite",
};

/** What the fixture `transfer` tells. */
interface Transfer {
  readonly pid: number;
  readonly receiver: number;
  readonly sent: number;
  readonly returned: number;
}

/** Percent by which what is counted differs from what was sent. */
interface Deviation {
  readonly name: string;
  readonly live: number;
  readonly closed: number;
}

/** Bytes of each way to send, as they are counted for processes and in the ends of connections, against what was sent. */
export async function bytes(): Promise<void> {
  await using monitor = createMonitor({ methods: [ebpfMethod()], strict: true });
  const closes = readCloses(monitor.events({ types: ["close"] }));
  await monitor.start();
  const deviations: Deviation[] = [];
  const absent: string[] = [];
  for (const name of TECHNIQUES) {
    const needed = NEEDS[name];
    const missing = needed && requirement(needed);
    if (missing === undefined) deviations.push(await measure(name, monitor, closes));
    else absent.push(`without ${name}: ${missing}`);
  }
  const worst = (of: (deviation: Deviation) => number) =>
    deviations.reduce((most, deviation) => (of(deviation) > of(most) ? deviation : most));
  const [live, closed] = [worst((deviation) => deviation.live), worst((deviation) => deviation.closed)];
  report(
    `ebpf: ${BYTES} bytes by ${deviations.length} techniques, counted at both ends: the largest deviation`,
    [
      { name: `of processes, live${named(live.name, live.live)}`, value: live.live, unit: "%", limit: { value: 1 } },
      {
        name: `of closed connections${named(closed.name, closed.closed)}`,
        value: closed.closed,
        unit: "%",
        limit: { value: 1 },
      },
    ],
    absent,
  );
}

/** Where all are counted to the byte, none is the worst. */
function named(name: string, percent: number): string {
  return percent > 0 ? ` (${name})` : "";
}

async function measure(name: string, monitor: Monitor, closes: ClosedSockets): Promise<Deviation> {
  await using transfer = await spawnFixture<Transfer>("transfer", [name, `${BYTES}`], { timeoutMs: 60_000 });
  const { pid, receiver, sent, returned } = transfer.ready;
  const { processes } = await monitor.traffic();
  const countsOf = (wanted: number) => processes.find(({ owner }) => owner.pid === wanted);
  const live = Math.max(deviation(countsOf(pid), sent, returned), deviation(countsOf(receiver), returned, sent));
  transfer.tell();
  await transfer.next();
  await untilTold(closes, [pid, receiver]);
  const closed = Math.max(deviation(closes.of(pid), sent, returned), deviation(closes.of(receiver), returned, sent));
  return { name, live, closed };
}

type Counts = Pick<CloseEvent, "bytesSent" | "bytesReceived">;

/** Percent, of what was sent in all. */
function deviation(counts: Counts | undefined, sent: number, received: number): number {
  const counted = Number(counts?.bytesSent ?? 0) - sent;
  const gained = Number(counts?.bytesReceived ?? 0) - received;
  return (Math.max(Math.abs(counted), Math.abs(gained)) / BYTES) * 100;
}

/** What each process's closed sockets have carried, by its pid. */
interface ClosedSockets {
  of(pid: number): Counts | undefined;
}

/** Reads all the time: others' sockets must not crowd out ours. Of a process's sockets the busiest counts: a listener closes, too. */
function readCloses(stream: EventStream): ClosedSockets {
  const busiest = new Map<number, Counts>();
  const moved = ({ bytesSent = 0n, bytesReceived = 0n }: Counts) => bytesSent + bytesReceived;
  void (async () => {
    for await (const event of stream) {
      if (event.type !== "close" || event.ownership.kind !== "process") continue;
      const { pid } = event.ownership.owners[0];
      const known = busiest.get(pid);
      if (known === undefined || moved(event) > moved(known)) busiest.set(pid, event);
    }
  })();
  return { of: (pid) => busiest.get(pid) };
}

/** Until both ends have been told, or long enough: what is missing then counts as nothing. */
async function untilTold(closes: ClosedSockets, pids: readonly number[]): Promise<void> {
  const isMissing = (pid: number) => (closes.of(pid)?.bytesSent ?? 0n) + (closes.of(pid)?.bytesReceived ?? 0n) === 0n;
  for (let waited = 0; waited < MOST_MS && pids.some(isMissing); waited += LOOK_MS) await sleep(LOOK_MS);
}
