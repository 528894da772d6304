import { execFileSync } from "node:child_process";
import { createMonitor } from "@procmon/core";
import { type EbpfMethodOptions, ebpfMethod } from "@procmon/method-ebpf";
import { procMethod } from "@procmon/method-proc";
import { spawnFixture } from "@procmon-internal/fixtures";
import { median, over, playRounds, timeOnce } from "../measure.ts";
import { report } from "../report.ts";
import { sized } from "../size.ts";
import { nodeCommand } from "../start-monitor.ts";
import { forgottenConnections } from "../time-wait.ts";
import type { StartTimes } from "./start-once.ts";

const PROCESSES = sized(500);
const SOCKETS = sized(10_000);
const ROUNDS = sized(9);

/** How soon there are events, and how long a list of all sockets takes. */
export async function start(): Promise<void> {
  const timeWait = await forgottenConnections();
  const quiet = await playRounds(ROUNDS, startOnce);
  await using _load = await spawnFixture("load", [`${PROCESSES}`, `${SOCKETS}`], { timeoutMs: 120_000 });
  const busy = await playRounds(ROUNDS, startOnce);
  report("ebpf: from start() until events flow, in a new process", [
    { name: "until start() has resolved", value: over(quiet).middle(({ started }) => started), unit: "ms" },
    {
      name: "until the first event is read",
      value: over(quiet).middle(({ firstEvent }) => firstEvent),
      unit: "ms",
      limit: { value: 300 },
    },
    {
      name: `  with ${SOCKETS} sockets of ${PROCESSES} processes there`,
      value: over(busy).middle(({ firstEvent }) => firstEvent),
      unit: "ms",
    },
  ]);
  await compareSnapshots(timeWait);
}

async function startOnce(): Promise<StartTimes> {
  const [program = "", ...args] = nodeCommand("./ebpf/start-once.ts");
  return JSON.parse(execFileSync(program, args, { encoding: "utf8" })) as StartTimes;
}

async function compareSnapshots(timeWait: number): Promise<void> {
  await using watching = await startedMonitor({});
  await using asking = await startedMonitor({ events: false });
  await using proc = createMonitor({ methods: [procMethod()], strict: true });
  await proc.start();
  const snapshot = (monitor: typeof proc) =>
    timeOnce(async () => {
      const { sockets } = await monitor.snapshot({ families: ["inet"] });
      const owned = sockets.filter(({ ownership }) => ownership.kind === "process").length;
      // A listener, and UDP or not: the load rounds its pairs down.
      if (owned < SOCKETS * 0.9) throw new Error(`${owned} sockets have an owner`);
    });
  const rounds = await playRounds(ROUNDS, async () => ({
    watching: await snapshot(watching),
    asking: await snapshot(asking),
    proc: await snapshot(proc),
    ss: await timeOnce(() => execFileSync("ss", ["-tunap"], { maxBuffer: 64 << 20 })),
  }));
  const ss = { name: "ss -tunap", value: median(rounds.map((round) => round.ss)) };
  const { middle } = over(rounds);
  report(
    `ebpf: a snapshot of ${SOCKETS} sockets of ${PROCESSES} processes`,
    [
      {
        name: "while it watches",
        value: middle((round) => round.watching),
        unit: "ms",
        against: ss,
        limit: { value: 40 },
      },
      {
        name: "without events",
        value: middle((round) => round.asking),
        unit: "ms",
        against: ss,
        limit: { value: 40 },
      },
      { name: "by the method proc", value: middle((round) => round.proc), unit: "ms", against: ss },
    ],
    [`beside them ${timeWait} in TIME_WAIT`],
  );
}

async function startedMonitor(options: EbpfMethodOptions) {
  const monitor = createMonitor({ methods: [ebpfMethod(options)], strict: true });
  await monitor.start();
  return monitor;
}
