import { auditctl, fixturePath, setAuditSettings, startAuditd } from "@procmon-internal/fixtures";
import { afterEach, describe, expect, test } from "vitest";
import { linesOf } from "./support/audit-lines.ts";
import { caughtUp, watchAudit } from "./support/audit-watch.ts";
import { searchLog } from "./support/ausearch.ts";
import { lockAudit } from "./support/lock-audit.ts";
import { driveSockets, runProgram } from "./support/odd-programs.ts";

lockAudit();

const KEY = "ours-not";

afterEach(() => void auditctl("-D", "-k", KEY));

/** Adds a rule of somebody else's. */
function addRule(...rule: readonly string[]): void {
  auditctl("-a", ...rule, "-k", KEY);
}

/** Without the counters. */
function settings(): string {
  return auditctl("-s").replace(/^(?:lost|backlog|backlog_wait_time_actual) .*\n/gm, "");
}

/** A program that connects, where nobody listens. Gives its pid. */
async function connectOnce(): Promise<number> {
  await using driver = await driveSockets();
  await driver.do("socket 4 stream 0");
  await driver.do("connect 3 127.0.0.1 1");
  await driver.exit();
  return driver.pid;
}

test("rules and keys of others stay as they are, and so do the settings", async () => {
  addRule("always,exit", "-F", "arch=b64", "-S", "connect");
  setAuditSettings({ enabled: 0, backlogLimit: 64 });
  const before = [auditctl("-l"), settings()];
  await using watch = await watchAudit({ enable: true, backlogLimit: 8192 });
  expect(auditctl("-s")).toMatch(/^enabled 1$/m);
  expect(auditctl("-s")).toMatch(/^backlog_limit 8192$/m);
  await using auditd = await startAuditd();
  const pid = await connectOnce();
  await caughtUp(watch);
  await expect.poll(() => searchLog(auditd.log, new Set([pid])).some(({ name }) => name === "exit_group")).toBe(true);
  const keys = new Map(searchLog(auditd.log, new Set([pid])).map(({ name, key }) => [name, key]));
  expect(keys.get("connect")).toBe(KEY);
  expect(keys.get("socket")).toMatch(/^procmon-\d+-\d+/);
  expect(linesOf(watch.events, new Set([pid]))).toContain(
    `connect ${pid} ${fixturePath("drive-sockets")} 127.0.0.1:1 ECONNREFUSED`,
  );
  // With the daemon gone, nobody else needs what was raised.
  await auditd.stop();
  await watch.stop();
  expect([auditctl("-l"), settings()]).toEqual(before);
});

test("what was on stays on", async () => {
  const before = [auditctl("-l"), settings()];
  await using watch = await watchAudit({ enable: true });
  expect(auditctl("-l")).not.toBe(before[0]);
  await watch.stop();
  expect([auditctl("-l"), settings()]).toEqual(before);
});

test("without rules of our own, those of others are enough", async () => {
  addRule("always,exit", "-F", "arch=b64", "-S", "connect");
  const rules = auditctl("-l");
  await using watch = await watchAudit({ activities: [] });
  expect(auditctl("-l")).toBe(rules);
  const pid = await connectOnce();
  const connects = () => linesOf(watch.events, new Set([pid])).filter((line) => line.startsWith("connect "));
  await expect
    .poll(connects, { timeout: 30_000 })
    .toEqual([`connect ${pid} ${fixturePath("drive-sockets")} 127.0.0.1:1 ECONNREFUSED`]);
});

describe("what rules of others hide", () => {
  test("of all processes is told", async () => {
    addRule("never,exit", "-F", "arch=b64", "-S", "connect");
    await using watch = await watchAudit();
    expect(watch.report.capabilities.blindSpots).toContainEqual(
      expect.stringMatching(/"-a never,exit" with the key "ours-not" hides .*: connect\.$/),
    );
    const pid = await connectOnce();
    await caughtUp(watch);
    const kinds = linesOf(watch.events, new Set([pid])).map((line) => line.split(" ")[0]);
    expect(kinds).toEqual(["exec", "exit"]);
  });

  test("of one program is hidden, and of that program alone", async () => {
    addRule("never,exit", "-F", `exe=${fixturePath("drive-sockets")}`);
    await using watch = await watchAudit();
    const hidden = await connectOnce();
    const seen = await runProgram("/bin/true", []);
    await caughtUp(watch);
    expect(linesOf(watch.events, new Set([hidden]))).toEqual([]);
    expect(linesOf(watch.events, new Set([seen]))).toHaveLength(2);
    expect(watch.report.capabilities.blindSpots.filter((spot) => spot.includes("never"))).toEqual([]);
  });

  test("of processes that begin is told: who was there before is seen on", async () => {
    await using before = await driveSockets();
    auditctl("-a", "never,task");
    try {
      await using watch = await watchAudit();
      expect(watch.report.capabilities.blindSpots).toContainEqual(expect.stringContaining("-a never,task"));
      const hidden = await connectOnce();
      await before.do("socket 4 stream 0");
      await before.do("connect 3 127.0.0.1 1");
      const seen = new Set([before.pid]);
      await expect.poll(() => linesOf(watch.events, seen)).toHaveLength(1);
      expect(linesOf(watch.events, new Set([hidden])).filter((line) => line.startsWith("connect "))).toEqual([]);
    } finally {
      auditctl("-d", "never,task");
    }
  });
});
