import { join } from "node:path";
import { auditctl, setAuditSettings, startAuditd } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { linesOf } from "./support/audit-lines.ts";
import { caughtUp, watchAudit } from "./support/audit-watch.ts";
import { lockAudit } from "./support/lock-audit.ts";
import { makeOddConnections, runOddPrograms, runUnixProgram } from "./support/odd-programs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";

lockAudit();

test("in the place of auditd the same is told as beside it", async () => {
  const folder = scratchFolder();
  await using multicast = await watchAudit({ source: "multicast" });
  await using unicast = await watchAudit({ source: "unicast" });
  const pids = new Set([
    ...(await runOddPrograms(folder)),
    ...(await makeOddConnections(folder, () => caughtUp(multicast, unicast))),
    await runUnixProgram(folder),
  ]);
  await caughtUp(multicast, unicast);
  await Promise.all([multicast.stop(), unicast.stop()]);
  const told = linesOf(unicast.events, pids);
  for (const kind of ["exec", "fork", "exit", "listen", "accept", "connect", "flow"]) {
    expect(told.filter((line) => line.startsWith(`${kind} `))).not.toEqual([]);
  }
  expect(linesOf(multicast.events, pids)).toEqual(told);
  expect([...multicast.lost, ...unicast.lost]).toEqual([]);
});

test("auditd's place is not taken from it, and nothing is left of the attempt", async () => {
  await using auditd = await startAuditd();
  const rules = auditctl("-l");
  await expect(watchAudit({ source: "unicast" })).rejects.toMatchObject({
    message: expect.stringContaining(`process ${auditd.pid} already`),
    remedy: expect.stringContaining('source: "multicast"'),
  });
  expect(auditctl("-s")).toMatch(new RegExp(`^pid ${auditd.pid}$`, "m"));
  expect(auditctl("-l")).toBe(rules);
});

test("without auditd there is no plugin, and it is said how to get it", async () => {
  const pluginSocket = join(scratchFolder(), "none");
  const rules = auditctl("-l");
  await expect(watchAudit({ source: "plugin", pluginSocket })).rejects.toMatchObject({
    message: expect.stringContaining(pluginSocket),
    remedy: expect.stringContaining("af_unix.conf"),
  });
  expect(auditctl("-l")).toBe(rules);
});

test("where auditing is off it is not turned on unless that is asked for", async () => {
  setAuditSettings({ enabled: 0 });
  const rules = auditctl("-l");
  await expect(watchAudit()).rejects.toMatchObject({ remedy: expect.stringContaining("enable: true") });
  expect(auditctl("-s")).toMatch(/^enabled 0$/m);
  expect(auditctl("-l")).toBe(rules);
});
