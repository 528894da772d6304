import { connect, type Socket } from "node:net";
import { type ConnectionTuple, createMonitor, type Monitor } from "@procmon/core";
import { ebpfMethod } from "@procmon/method-ebpf";
import { procMethod } from "@procmon/method-proc";
import { spawnFixture } from "@procmon-internal/fixtures";
import { median, timeOnce, timePerCall } from "../measure.ts";
import { connectionOfOurs } from "../own-connection.ts";
import { against, report } from "../report.ts";
import { sized } from "../size.ts";
import { forgottenConnections } from "../time-wait.ts";

const PROCESSES = sized(200);
const SOCKETS = sized(10_000);
const MISSES = 9;
const FRESH = sized(300);

/** What a firewall asks, of the kernel's table: a known connection, one that nobody has, one whose SYN has just left. */
export async function kernelLookup(): Promise<void> {
  const timeWait = await forgottenConnections();
  await using _load = await spawnFixture("load", [`${PROCESSES}`, `${SOCKETS}`], { timeoutMs: 120_000 });
  await using ebpf = createMonitor({ methods: [ebpfMethod()], strict: true });
  await using proc = createMonitor({ methods: [procMethod()], strict: true });
  await ebpf.start();
  await proc.start();
  const { tuple, close } = await connectionOfOurs();
  await expectOwn(ebpf, tuple);
  await expectOwn(proc, tuple);
  const hit = await timePerCall(sized(20_000), () => ebpf.findOwner(tuple));
  const procHit = await timePerCall(sized(20_000), () => proc.findOwner(tuple));

  const misses = { ebpf: [] as number[], proc: [] as number[] };
  for (let round = 1; round <= MISSES; round++) {
    // Each asks for another one, so that nothing can be remembered of it.
    const nobodys: ConnectionTuple = { ...tuple, srcIp: "127.0.0.2", srcPort: round, dstPort: round };
    misses.ebpf.push((await timeOnce(() => expectNone(ebpf, nobodys))) * 1000);
    misses.proc.push((await timeOnce(() => expectNone(proc, nobodys))) * 1000);
  }
  const fresh = await askRightAfterSyn(ebpf, tuple.dstPort);
  close();

  report(
    `ebpf: lookups, with ${PROCESSES} processes and ${SOCKETS} sockets beside`,
    [
      {
        name: "findOwner, known connection",
        value: hit,
        unit: "µs",
        ...against("the method proc", procHit),
        limit: { value: 3 },
      },
      {
        name: "findOwner, nobody's connection",
        value: median(misses.ebpf),
        unit: "µs",
        ...against("the method proc", median(misses.proc)),
      },
      { name: "findOwner, first question right after the SYN", value: median(fresh.times), unit: "µs" },
      {
        name: "  answered with the right process",
        value: (fresh.right / FRESH) * 100,
        unit: "%",
        limit: { least: 100 },
      },
    ],
    [`beside them ${timeWait} in TIME_WAIT`],
  );
}

async function expectOwn(monitor: Monitor, tuple: ConnectionTuple): Promise<void> {
  const answer = await monitor.findOwner(tuple);
  if (answer.kind !== "process" || answer.owners[0].pid !== process.pid)
    throw new Error(`wrong owner: ${JSON.stringify(answer)}`);
}

async function expectNone(monitor: Monitor, tuple: ConnectionTuple): Promise<void> {
  const answer = await monitor.findOwner(tuple);
  if (answer.kind !== "none") throw new Error(`an owner of nothing: ${JSON.stringify(answer)}`);
}

/** Asks for each of many new connections as soon as its connect(2) has returned, before any event of it is read. */
async function askRightAfterSyn(monitor: Monitor, dstPort: number): Promise<{ times: number[]; right: number }> {
  const times: number[] = [];
  let right = 0;
  for (let i = 0; i < FRESH; i++) {
    const socket = await beginConnect(dstPort);
    const tuple: ConnectionTuple = {
      protocol: "tcp",
      srcIp: "127.0.0.1",
      srcPort: socket.localPort ?? 0,
      dstIp: "127.0.0.1",
      dstPort,
    };
    const began = performance.now();
    const answer = await monitor.findOwner(tuple);
    times.push((performance.now() - began) * 1000);
    if (answer.kind === "process" && answer.owners[0].pid === process.pid && answer.confidence === "exact") right++;
    socket.destroy();
  }
  return { times, right };
}

/** Node calls connect(2) in the next tick; the socket has its port then. */
async function beginConnect(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve) => process.nextTick(resolve));
  if (socket.localPort === undefined) throw new Error("connect(2) has not been called yet");
  return socket;
}
