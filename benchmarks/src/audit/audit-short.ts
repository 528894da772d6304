import * as native from "@procmon/native";
import { startAuditd, takeAuditLock } from "@procmon-internal/fixtures";
import { openAuditControl } from "../../../packages/method-audit/src/kernel/open-audit-control.ts";
import { type ConnectStorm, connectStorm, countRight, listenTcp } from "../connect-storm.ts";
import { costDuring } from "../cost.ts";
import { over, playRounds } from "../measure.ts";
import type { MonitorSetup, SeenQuestion } from "../monitor-messages.ts";
import { type Row, report } from "../report.ts";
import { sized } from "../size.ts";
import { watchedByMonitor } from "../start-monitor.ts";
import { BY_DEFAULT } from "./situations.ts";

const COUNT = sized(2000);
const ROUNDS = sized(3);
const BACKLOG_LIMIT = 8192;

const SETUP = { types: ["connect"], keep: "details" } as const;

/** Processes that live 1 to 3 ms and connect once: how many the method audit tells, and what that costs them, beside auditd with the same rules. */
export async function auditShort(): Promise<void> {
  await using _lock = await takeAuditLock();
  using control = openAuditControl(native);
  const server = await listenTcp();
  const storm = () => connectStorm(COUNT, server.port);
  control.set({ backlogLimit: BACKLOG_LIMIT });
  const rounds = await playRounds(ROUNDS, async () => {
    control.set({ enabled: 0 });
    const before = await storm();
    const ours = await watchedBy({ way: "audit", ...SETUP }, storm);
    control.set({ enabled: 1 });
    const auditd = await watchedByAuditd(storm);
    const plugin = await watchedByAuditd(storm, { way: "audit-plugin", ...SETUP });
    control.set({ enabled: 0 });
    const after = await storm();
    return { alone: (before.wallNs + after.wallNs) / 2, ours, auditd, plugin };
  });
  server.close();

  type Round = (typeof rounds)[number];
  const { middle, least, most } = over(rounds);
  const percent = (right: number) => (right / COUNT) * 100;
  const slowdown = (of: (round: Round) => ConnectStorm) => middle((round) => of(round).wallNs / round.alone);
  const beside = (value: number): Pick<Row, "against"> => ({ against: { name: "auditd with the same rules", value } });
  report(`audit: ${COUNT} processes that live 1 to 3 ms and connect once`, [
    {
      name: "right pid, path, arguments and parent, the fewest",
      value: percent(least(({ ours }) => ours.right)),
      unit: "%",
      limit: { least: 99 },
    },
    { name: "their own port besides", value: percent(least(({ ours }) => ours.withPort)), unit: "%" },
    { name: "lost events, the most", value: most(({ ours }) => ours.lost), unit: "", limit: { value: 0 } },
    {
      name: "the storm is slowed by",
      value: slowdown(({ ours }) => ours.done),
      unit: "×",
      ...beside(slowdown(({ auditd }) => auditd.done)),
    },
    {
      name: "CPU of the monitor",
      value: middle(({ ours }) => ours.cpu),
      unit: "s",
      ...beside(middle(({ auditd }) => auditd.cpu)),
    },
    {
      name: "by auditd's plugin: right, the fewest",
      value: percent(least(({ plugin }) => plugin.seen?.right ?? 0)),
      unit: "%",
      limit: { least: 99 },
    },
    { name: "by auditd's plugin: the storm is slowed by", value: slowdown(({ plugin }) => plugin.done), unit: "×" },
  ]);
}

async function watchedBy(setup: MonitorSetup, storm: () => Promise<ConnectStorm>) {
  const question = ({ told }: ConnectStorm): SeenQuestion => ({
    type: "connect",
    count: told.length,
    pids: told.map(({ pid }) => pid),
  });
  const { done, cost, seen } = await watchedByMonitor(setup, storm, question);
  const { details, lost } = seen;
  return {
    done,
    cpu: cost.cpuOfWork,
    lost,
    right: countRight(details, done, false),
    withPort: countRight(details, done),
  };
}

/** With the rules that are ours by default; with a monitor that reads its plugin, or without. */
async function watchedByAuditd(storm: () => Promise<ConnectStorm>, reader?: Omit<MonitorSetup, "pluginSocket">) {
  await using auditd = await startAuditd();
  using control = openAuditControl(native);
  const end = BY_DEFAULT.begin(control);
  try {
    if (reader !== undefined) {
      const seen = await watchedBy({ ...reader, pluginSocket: auditd.socket }, storm);
      return { done: seen.done, cpu: seen.cpu, seen };
    }
    const { done, cost } = await costDuring(auditd.pid, storm);
    return { done, cpu: cost.cpuOfWork };
  } finally {
    end();
  }
}
