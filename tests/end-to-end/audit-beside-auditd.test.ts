import { readFileSync } from "node:fs";
import { startAuditd } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { linesOf, linesOfLog } from "./support/audit-lines.ts";
import { caughtUp, watchAudit } from "./support/audit-watch.ts";
import { searchLog } from "./support/ausearch.ts";
import type { ObservedEvent } from "./support/event-log.ts";
import { lockAudit } from "./support/lock-audit.ts";
import { makeOddConnections, runOddPrograms, runUnixProgram } from "./support/odd-programs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";

lockAudit();

/** The ends of connections, that of the client first. */
function endsOf(
  events: readonly ObservedEvent[],
  type: "accept" | "connect",
  pids: ReadonlySet<number>,
): readonly string[] {
  return events.flatMap((event) => {
    if (event.type !== type || event.process === undefined || !pids.has(event.process.pid)) return [];
    const { srcIp, srcPort, dstIp, dstPort } = event.connection;
    const ends = [`${srcIp}:${srcPort}`, `${dstIp}:${dstPort}`];
    return (type === "connect" ? ends : ends.reverse()).join(" ");
  });
}

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
    const connected = await makeOddConnections(folder, () => caughtUp(multicast, plugin));
    const unix = await runUnixProgram(folder);
    const marker = await caughtUp(multicast, plugin);
    const isLogged = new RegExp(` syscall=\\d+ a0=0 .* pid=${marker} `);
    await expect.poll(() => isLogged.test(readFileSync(auditd.log, "latin1")), { timeout: 30_000 }).toBe(true);
    await Promise.all([multicast.stop(), plugin.stop()]);

    const pids = new Set([...odd, ...connected, unix]);
    const logged = linesOfLog(searchLog(auditd.log, pids));
    expect(linesOf(multicast.events, pids)).toEqual(logged);
    expect(linesOf(plugin.events, pids)).toEqual(logged);
    // Both ends of a connection of who lives are known.
    const ends = endsOf(multicast.events, "accept", new Set(connected));
    expect(ends).toHaveLength(4);
    expect(endsOf(multicast.events, "connect", new Set(connected))).toEqual(expect.arrayContaining([...ends]));
    // By descriptors that are those of unix sockets in between.
    expect(logged.filter((line) => line.startsWith(`accept ${unix} `))).toHaveLength(2);
    expect([...multicast.lost, ...plugin.lost]).toEqual([]);
  },
);
