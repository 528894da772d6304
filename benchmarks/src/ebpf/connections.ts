import { type Fixture, spawnFixture } from "@procmon-internal/fixtures";
import { over, playRounds } from "../measure.ts";
import type { MonitorSetup, SeenQuestion } from "../monitor-messages.ts";
import { absentPeers, bpftrace, TCPLIFE } from "../peer.ts";
import { makeStorm } from "../process-storm.ts";
import { report } from "../report.ts";
import { sized } from "../size.ts";
import { watchedByMonitor } from "../start-monitor.ts";
import { figuresOf, playSlowdown } from "./slowdown.ts";

const COUNT = sized(50_000);
const ROUNDS = sized(5);

const SETUP: MonitorSetup = { way: "ebpf", types: ["connect", "accept", "listen", "close"], keep: "pids" };

const SCRIPT = bpftrace(`
  tracepoint:sock:inet_sock_set_state {
    printf("%d %s %d %d %d %d\\n", pid, comm, args->sport, args->dport, args->oldstate, args->newstate);
  }
`);

interface ConnectionsDone {
  readonly pid: number;
  readonly wallNs: number;
}

/** 50,000 connections inside one process, from connect to close: what that costs while the method ebpf watches, and whether it sees all. */
export async function connections(): Promise<void> {
  await using maker = await spawnFixture<ConnectionsDone>("connection-storm", [`${COUNT}`], { timeoutMs: 120_000 });
  reportRounds(await playRounds(ROUNDS, () => playRound(maker)));
}

function playRound(maker: Fixture<ConnectionsDone>) {
  const storm = () => makeStorm(maker);
  // Both ends close.
  const everyClose = ({ pid }: ConnectionsDone): SeenQuestion => ({ type: "close", count: 2 * COUNT, pids: [pid] });
  return playSlowdown({
    storm,
    ours: () => watchedByMonitor(SETUP, storm, everyClose),
    peer: TCPLIFE,
    script: SCRIPT,
  });
}

type Round = Awaited<ReturnType<typeof playRound>>;

function reportRounds(rounds: readonly Round[]): void {
  const { middle, least, most } = over(rounds);
  const tcplife = figuresOf(
    "tcplife",
    rounds.map(({ peer }) => peer),
  );
  const script = figuresOf(
    "bpftrace",
    rounds.map((round) => round.script),
  );
  const slowdown = middle(({ ours }) => ours.slowdown);
  const cpu = middle(({ ours }) => ours.cost.cpuOfWork);
  const perSecond = (COUNT / middle(({ alone }) => alone)) * 1e9;
  report(
    `ebpf: ${COUNT} × connect, accept, close at both ends, ${perSecond.toFixed(0)}/s alone`,
    [
      { name: "slowdown with the method ebpf", value: slowdown, unit: "×", limit: { value: 1.3 } },
      {
        name: "  the same, against tcplife",
        value: slowdown,
        unit: "×",
        ...tcplife.middle((peer) => peer.slowdown),
      },
      {
        name: "  the same, against a script that prints states",
        value: slowdown,
        unit: "×",
        ...script.middle((peer) => peer.slowdown),
      },
      {
        name: "connect events, the fewest",
        value: least(({ ours }) => ours.seen.counts.connect ?? 0),
        unit: "",
        limit: { least: COUNT },
      },
      {
        name: "accept events, the fewest",
        value: least(({ ours }) => ours.seen.counts.accept ?? 0),
        unit: "",
        limit: { least: COUNT },
      },
      {
        name: "close events, the fewest",
        value: least(({ ours }) => ours.seen.counts.close ?? 0),
        unit: "",
        ...tcplife.least(({ lines, done }) => countLinesOf(lines, done.pid)),
        limit: { least: 2 * COUNT },
      },
      {
        name: "lost events, the most",
        value: most(({ ours }) => ours.seen.lost),
        unit: "",
        ...script.most(({ lost }) => lost),
        limit: { value: 0 },
      },
      {
        name: "CPU of the monitor in the storm",
        value: cpu,
        unit: "s",
        ...tcplife.middle(({ cost }) => cost.cpuOfWork),
      },
      { name: "  for each event", value: (cpu / middle(({ ours }) => ours.seen.total)) * 1e6, unit: "µs" },
      { name: "peak memory of the monitor", value: middle(({ ours }) => ours.cost.peak), unit: "MB" },
    ],
    [...absentPeers(TCPLIFE, SCRIPT)],
  );
}

function countLinesOf(lines: readonly string[], pid: number): number {
  return lines.filter((line) => line.startsWith(`${pid} `)).length;
}
