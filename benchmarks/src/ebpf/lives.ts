import type { Fixture } from "@procmon-internal/fixtures";
import { over, playRounds } from "../measure.ts";
import { absentPeers, bpftrace, EXECSNOOP } from "../peer.ts";
import { makeStorm, openProcessStorm, PROGRAM, type StormDone, stormWithMonitor } from "../process-storm.ts";
import { report } from "../report.ts";
import { sized } from "../size.ts";
import { figuresOf, playSlowdown } from "./slowdown.ts";

const COUNT = sized(3000);
const ROUNDS = sized(7);
/** Execs at full speed, so many at once. */
const MANY = sized(20_000);
const JOBS = 4;

const SCRIPT = bpftrace(`
  tracepoint:sched:sched_process_exec { printf("exec %d %s\\n", pid, str(args->filename)); }
  tracepoint:sched:sched_process_exit { printf("exit %d\\n", pid); }
`);

/** Processes that are made, run a program and end, at full speed: what that costs while the method ebpf watches, and whether it sees all. */
export async function lives(): Promise<void> {
  await using maker = await openProcessStorm(COUNT, 1);
  reportLives(await playRounds(ROUNDS, () => playRound(maker)));
  await using many = await openProcessStorm(MANY, JOBS);
  reportMany(await playRounds(sized(3), () => stormWithMonitor(many, "ebpf")));
}

function playRound(maker: Fixture<StormDone>) {
  return playSlowdown({
    storm: () => makeStorm(maker),
    ours: () => stormWithMonitor(maker, "ebpf"),
    peer: EXECSNOOP,
    script: SCRIPT,
  });
}

type Round = Awaited<ReturnType<typeof playRound>>;

function reportLives(rounds: readonly Round[]): void {
  const { middle, least, most } = over(rounds);
  const slowdown = middle(({ ours }) => ours.slowdown);
  const execsnoop = figuresOf(
    "execsnoop",
    rounds.map(({ peer }) => peer),
  );
  const script = figuresOf(
    "bpftrace",
    rounds.map((round) => round.script),
  );
  const cpu = middle(({ ours }) => ours.cost.cpuOfWork);
  const perSecond = (COUNT / middle(({ alone }) => alone)) * 1e9;
  report(
    `ebpf: ${COUNT} × fork, exec, exit of ${PROGRAM}, ${perSecond.toFixed(0)}/s alone`,
    [
      { name: "slowdown with the method ebpf", value: slowdown, unit: "×", limit: { value: 1.07 } },
      {
        name: "  the same, against execsnoop",
        value: slowdown,
        unit: "×",
        ...execsnoop.middle((peer) => peer.slowdown),
        ...(execsnoop.isPresent ? { limit: { ratio: 1 } } : {}),
      },
      {
        name: "  the same, against a script that prints execs and exits",
        value: slowdown,
        unit: "×",
        ...script.middle((peer) => peer.slowdown),
      },
      {
        name: "exec events, the fewest",
        value: least(({ ours }) => ours.seen.counts.exec ?? 0),
        unit: "",
        ...execsnoop.least(({ lines }) => countLines(lines, /^true /)),
        limit: { least: COUNT },
      },
      {
        name: "exit events, the fewest",
        value: least(({ ours }) => ours.seen.counts.exit ?? 0),
        unit: "",
        ...script.least(({ done, lines }) => countExits(lines, done)),
        limit: { least: COUNT },
      },
      {
        name: "execs with the right path and arguments, the fewest",
        value: least(({ ours }) => (ours.execs.right / COUNT) * 100),
        unit: "%",
        limit: { least: 100 },
      },
      { name: "lost events, the most", value: most(({ ours }) => ours.seen.lost), unit: "", limit: { value: 0 } },
      {
        name: "CPU of the monitor in the storm",
        value: cpu,
        unit: "s",
        ...execsnoop.middle(({ cost }) => cost.cpuOfWork),
        limit: { value: 0.11 },
      },
      { name: "  for each event", value: (cpu / middle(({ ours }) => ours.seen.total)) * 1e6, unit: "µs" },
      {
        name: "  and its start, with Node's own",
        value: middle(({ ours }) => ours.cost.cpuOfStart),
        unit: "s",
        ...execsnoop.middle(({ cost }) => cost.cpuOfStart),
      },
      {
        name: "peak memory of the monitor",
        value: middle(({ ours }) => ours.cost.peak),
        unit: "MB",
        ...script.middle(({ cost }) => cost.peak),
      },
    ],
    absentPeers(EXECSNOOP, SCRIPT),
  );
}

function countLines(lines: readonly string[], pattern: RegExp): number {
  return lines.filter((line) => pattern.test(line)).length;
}

function countExits(lines: readonly string[], { pids }: StormDone): number {
  const wanted = new Set(pids.map((pid) => `exit ${pid}`));
  return lines.filter((line) => wanted.has(line)).length;
}

type Many = Awaited<ReturnType<typeof stormWithMonitor>>;

function reportMany(rounds: readonly Many[]): void {
  const { middle, least, most } = over(rounds);
  const perSecond = (MANY / middle(({ done }) => done.wallNs)) * 1e9;
  report(`ebpf: ${MANY} of these, ${JOBS} at once, ${perSecond.toFixed(0)}/s`, [
    {
      name: "exec events, the fewest",
      value: least(({ seen }) => seen.counts.exec ?? 0),
      unit: "",
      limit: { least: MANY },
    },
    {
      name: "exit events, the fewest",
      value: least(({ seen }) => seen.counts.exit ?? 0),
      unit: "",
      limit: { least: MANY },
    },
    { name: "lost events, the most", value: most(({ seen }) => seen.lost), unit: "", limit: { value: 0 } },
  ]);
}
