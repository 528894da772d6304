import { readFileSync } from "node:fs";
import { type AuditLock, requirement, setAuditSettings, startAuditd, takeAuditLock } from "@procmon-internal/fixtures";
import { afterEach, beforeEach, expect, test } from "vitest";
import { linesOf, linesOfLog } from "./support/audit-lines.ts";
import { caughtUp, watchAudit } from "./support/audit-watch.ts";
import { searchLog } from "./support/ausearch.ts";
import { needs } from "./support/needs.ts";
import { makeOddConnections, runOddPrograms, runUnixProgram } from "./support/odd-programs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";

needs("audit", "auditd");

let lock: AuditLock | undefined;

beforeEach(async () => {
  if (requirement("audit", "auditd") !== undefined) return;
  lock = await takeAuditLock();
  setAuditSettings({ enabled: 1, backlogLimit: 8192 });
});
afterEach(() => lock?.release());

test.for([
  ["string", "enriched"],
  ["string", "raw"],
  ["binary", "enriched"],
  ["binary", "raw"],
] as const)(
  "what auditd's log tells, and nothing else, beside auditd and from its plugin: %s, %s",
  async ([format, logFormat]) => {
    const folder = scratchFolder();
    await using auditd = await startAuditd({ format, logFormat });
    await using multicast = await watchAudit({ source: "multicast" });
    await using plugin = await watchAudit({ source: "plugin", pluginSocket: auditd.socket });
    const odd = await runOddPrograms(folder);
    const connected = await makeOddConnections(folder);
    const unix = await runUnixProgram(folder);
    const marker = await caughtUp(multicast, plugin);
    const isLogged = new RegExp(` syscall=\\d+ a0=0 .* pid=${marker} `);
    await expect.poll(() => isLogged.test(readFileSync(auditd.log, "latin1")), { timeout: 30_000 }).toBe(true);
    await Promise.all([multicast.stop(), plugin.stop()]);

    const pids = new Set([...odd, ...connected, unix]);
    const logged = linesOfLog(searchLog(auditd.log, pids));
    expect(linesOf(multicast.events, pids)).toEqual(logged);
    expect(linesOf(plugin.events, pids)).toEqual(logged);
    expect([...multicast.lost, ...plugin.lost]).toEqual([]);
  },
);
