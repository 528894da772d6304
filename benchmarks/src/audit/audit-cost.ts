import * as native from "@procmon/native";
import type { AuditControl } from "../../../packages/method-audit/src/kernel/audit-control.ts";
import { openAuditControl } from "../../../packages/method-audit/src/kernel/open-audit-control.ts";
import { type LineProcess, startLineProcess } from "../line-process.ts";
import { over, playRounds } from "../measure.ts";
import { report } from "../report.ts";
import { sized } from "../size.ts";
import { nodeCommand } from "../start-monitor.ts";
import { type Load, makeLoads, timeLoad } from "./loads.ts";
import { LIKE_AUDITD, OURS, type Situation, WITHOUT_AUDIT, WITHOUT_RULES } from "./situations.ts";

const ROUNDS = sized(5);
const BACKLOG_LIMIT = 8192;
const SITUATIONS = [WITHOUT_AUDIT, WITHOUT_RULES, LIKE_AUDITD, ...OURS];

/** What audit-listener.mjs prints. */
interface ListenerCounts {
  readonly records: number;
  readonly dropped: number;
}

interface Timed {
  readonly ns: number;
  readonly records: number;
  readonly dropped: number;
}

/** What processes pay for being recorded: loads in each of the situations, while the kernel's group of listeners has one. */
export async function auditCost(): Promise<void> {
  using control = openAuditControl(native);
  const others = control.rules().length;
  const { enabled, backlogLimit } = control.status();
  using loads = makeLoads();
  const listener = await startLineProcess(nodeCommand("./audit/audit-listener.mjs"));
  try {
    control.set({ enabled: 1, backlogLimit: Math.max(backlogLimit, BACKLOG_LIMIT) });
    for (const load of loads.all) {
      reportLoad(load, await playRounds(ROUNDS, () => playRound(control, listener, load)), others);
    }
  } finally {
    control.set({ enabled: enabled === 0 ? 0 : 1, backlogLimit });
    await listener.ended();
  }
}

type Round = ReadonlyMap<Situation, Timed>;

async function playRound(control: AuditControl, listener: LineProcess, load: Load): Promise<Round> {
  const round = new Map<Situation, Timed>();
  for (const situation of SITUATIONS) round.set(situation, await timeIn(situation, control, listener, load));
  return round;
}

async function timeIn(situation: Situation, control: AuditControl, listener: LineProcess, load: Load): Promise<Timed> {
  const countsOf = (): Promise<ListenerCounts> => {
    listener.tell("");
    return listener.next<ListenerCounts>();
  };
  const end = situation.begin(control);
  try {
    await countsOf();
    const ns = await timeLoad(load);
    return { ns, ...(await countsOf()) };
  } finally {
    end();
  }
}

function reportLoad({ name, count }: Load, rounds: readonly Round[], others: number): void {
  const { middle, most } = over(rounds);
  const microseconds = (situation: Situation): number => middle((round) => (round.get(situation)?.ns ?? 0) / 1000);
  const alone = microseconds(WITHOUT_AUDIT);
  report(
    `audit-cost: ${count} × ${name}, each`,
    SITUATIONS.map((situation) => ({
      name: situation.name,
      value: microseconds(situation),
      unit: "µs" as const,
      ...(situation === WITHOUT_AUDIT ? {} : { against: { name: WITHOUT_AUDIT.name, value: alone } }),
    })),
    [
      ...(others > 0 ? [`in all situations but the first, ${others} rules that this machine has are there, too`] : []),
      `records in all situations, the most: ${most((round) => Math.max(...[...round.values()].map(({ records }) => records)))}`,
      `records that the listener had no room for, the most: ${most((round) => Math.max(...[...round.values()].map(({ dropped }) => dropped)))}`,
    ],
  );
}
