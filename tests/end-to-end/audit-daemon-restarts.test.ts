import { type Auditd, startAuditd } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { linesOf } from "./support/audit-lines.ts";
import { type AuditWatch, caughtUp, watchAudit } from "./support/audit-watch.ts";
import { runMarker } from "./support/event-record.ts";
import { lockAudit } from "./support/lock-audit.ts";
import { runProgram } from "./support/odd-programs.ts";

lockAudit();

const PROGRAMS = 20;

async function runSome(): Promise<ReadonlySet<number>> {
  const pids = new Set<number>();
  for (let count = 0; count < PROGRAMS; count++) pids.add(await runProgram("/bin/true", [`${count}`]));
  return pids;
}

/** Runs programs until one is told of. */
async function comesAgain({ events }: AuditWatch): Promise<void> {
  const before = events.length;
  const isBack = async () => {
    await runMarker();
    return events.length > before;
  };
  await expect.poll(isBack, { timeout: 50_000, interval: 200 }).toBe(true);
}

const execsOf = ({ events }: AuditWatch, pids: ReadonlySet<number>) =>
  linesOf(events, pids).filter((line) => line.startsWith("exec "));

test.for<[how: string, act: (auditd: Auditd) => Promise<ReadonlySet<number>>]>([
  [
    "is killed and starts again",
    async (auditd) => {
      await auditd.kill();
      const meanwhile = await runSome();
      await auditd.restart();
      return meanwhile;
    },
  ],
  ["starts again", async (auditd) => (await Promise.all([runSome(), auditd.restart()]))[0]],
])(
  "auditd %s: its plugin's reader is back, and tells how much it has missed; beside it nothing is",
  async ([how, act]) => {
    await using auditd = await startAuditd();
    await using multicast = await watchAudit({ source: "multicast" });
    await using plugin = await watchAudit({ source: "plugin", pluginSocket: auditd.socket });
    const before = await runSome();
    await caughtUp(multicast, plugin);
    const { auditEvents: seenBefore = 0 } = multicast.monitor.stats().methodStats;
    const meanwhile = await act(auditd);
    await comesAgain(plugin);
    const after = await runSome();
    await caughtUp(multicast, plugin);
    const { auditEvents: seen = 0 } = multicast.monitor.stats().methodStats;
    await Promise.all([multicast.stop(), plugin.stop()]);

    for (const pids of [before, after]) {
      expect(execsOf(multicast, pids)).toHaveLength(PROGRAMS);
      expect(linesOf(plugin.events, pids)).toEqual(linesOf(multicast.events, pids));
    }
    expect(execsOf(multicast, meanwhile)).toHaveLength(PROGRAMS);
    expect(multicast.lost).toEqual([]);
    const told = new Set(linesOf(plugin.events, meanwhile));
    const missed = linesOf(multicast.events, meanwhile).filter((line) => !told.has(line));
    if (how.includes("killed")) expect(missed.length).toBeGreaterThan(0);
    const lost = plugin.lost.reduce((sum, { count }) => sum + count, 0);
    expect(lost).toBeGreaterThanOrEqual(missed.length);
    expect(lost).toBeLessThan(seen - seenBefore);
  },
);
