import { createMonitor, type MethodSpecifier } from "@procmon/core";
import { auditMethod } from "@procmon/method-audit";
import { ebpfMethod } from "@procmon/method-ebpf";
import {
  type AuditLock,
  auditctl,
  fixturePath,
  requirement,
  setAuditSettings,
  takeAuditLock,
} from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { linesOf } from "./support/audit-lines.ts";
import { readAuditState } from "./support/audit-state.ts";
import { watchAudit } from "./support/audit-watch.ts";
import { recordEvents } from "./support/event-record.ts";
import { needs } from "./support/needs.ts";
import { driveSockets } from "./support/odd-programs.ts";
import { makeStorm } from "./support/storm.ts";

needs("audit", "ebpf", "cc");

let lock: AuditLock | undefined;

beforeEach(async () => {
  if (requirement("audit") !== undefined) return;
  lock = await takeAuditLock();
  setAuditSettings({ enabled: 0, backlogLimit: 8192 });
});
afterEach(() => lock?.release());

const from = import.meta.dirname;

describe("with auditing off, and not to be turned on", () => {
  test.each<[string, MethodSpecifier]>([
    ["by object", auditMethod()],
    ["by name", "audit"],
  ])("another method takes its place, which is told: %s", async (_, audit) => {
    const before = readAuditState();
    await using monitor = createMonitor({ methods: [audit, "proc"], from });
    const report = await monitor.start();
    expect(report).toMatchObject({ method: "proc", requested: ["audit", "proc"] });
    expect(report.skipped).toEqual([
      {
        method: "audit",
        code: "METHOD_UNAVAILABLE",
        reason: expect.stringContaining("auditing is off"),
        remedy: expect.stringContaining("enable: true"),
      },
    ]);
    expect(readAuditState()).toEqual(before);
  });

  test("none does where none may", async () => {
    const before = readAuditState();
    await using monitor = createMonitor({ methods: ["audit"], strict: true, from });
    await expect(monitor.start()).rejects.toMatchObject({
      code: "METHOD_UNAVAILABLE",
      message: expect.stringContaining("auditing is off"),
      remedy: expect.stringContaining("auditctl -e 1"),
    });
    expect(readAuditState()).toEqual(before);
  });

  test("a switch to it fails, and the method that runs goes on", async () => {
    await using monitor = createMonitor({ methods: ["proc"], from });
    await monitor.start();
    const record = recordEvents(monitor);
    await expect(monitor.switchMethod("audit")).rejects.toMatchObject({ code: "METHOD_UNAVAILABLE" });
    expect(monitor.method).toBe("proc");
    await record.caughtUp();
  });
});

test("between methods, while processes start: each is told by one of them, or counted as lost", async () => {
  const before = readAuditState();
  const audit = () => auditMethod({ enable: true });
  const monitor = createMonitor({ methods: ["proc"], from });
  await monitor.start();
  const record = recordEvents(monitor);
  const program = fixturePath("short-life");
  const making = makeStorm("storm", [4000, 1, "run", program]);
  const turns: readonly (readonly [string, MethodSpecifier])[] = [
    ["audit", audit],
    ["ebpf", ebpfMethod],
    ["audit", audit],
    ["proc", "proc"],
    ["audit", audit],
  ];
  for (const [name, method] of turns) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await monitor.switchMethod(method)).toMatchObject({ method: name });
  }
  const storm = await making;
  await record.caughtUp();
  await monitor.stop();
  expect(readAuditState()).toEqual(before);

  const missing: number[] = [];
  const wrong: string[] = [];
  for (const [number, pid] of storm.pids.entries()) {
    // The pid may have been another one's before, and be another one's since.
    const execs = record.of(pid).filter(({ type, process }) => type === "exec" && process.ppid === storm.pid);
    if (execs.length === 0) missing.push(number);
    for (const { process } of execs) {
      // The method proc may have come too late to read them.
      const { path = program, args = [program, `${number}`] } = process;
      if (path !== program || args.join(" ") !== `${program} ${number}`) wrong.push(`${pid} ${path} ${args.join(" ")}`);
    }
  }
  expect(wrong).toEqual([]);
  const lost = record.lost.reduce((sum, { count }) => sum + count, 0);
  expect(missing.slice(lost)).toEqual([]);
});

test("without rules of its own it tells what those of others record, and changes nothing", async () => {
  setAuditSettings({ enabled: 1 });
  const key = `switching-${process.pid}`;
  auditctl("-a", "always,exit", "-F", "arch=b64", "-S", "connect", "-S", "execve", "-k", key);
  try {
    const before = readAuditState();
    await using watch = await watchAudit({ activities: [] });
    expect(watch.report.capabilities.blindSpots).toContainEqual(expect.stringContaining("of this machine record"));
    expect(readAuditState()).toEqual(before);
    await using driver = await driveSockets();
    const { value: fd } = await driver.do("socket 4 stream 0");
    await driver.do(`connect ${fd} 127.0.0.1 1`);
    const path = fixturePath("drive-sockets");
    await expect
      .poll(() => linesOf(watch.events, new Set([driver.pid])), { timeout: 30_000 })
      .toEqual([`connect ${driver.pid} ${path} 127.0.0.1:1 ECONNREFUSED`, `exec ${driver.pid} ${path} ["${path}"]`]);
    expect(readAuditState()).toEqual(before);
    await watch.stop();
    expect(readAuditState()).toEqual(before);
  } finally {
    auditctl("-D", "-k", key);
  }
});
