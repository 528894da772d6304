import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createMonitor } from "@procmon/core";
import { auditMethod } from "@procmon/method-audit";
import { type AuditLock, requirement, setAuditSettings, takeAuditLock } from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AuditState, readAuditState, rulesOf } from "./support/audit-state.ts";
import { logEvents } from "./support/event-log.ts";
import { needs } from "./support/needs.ts";
import { startMonitor } from "./support/start-monitor.ts";
import { makeStorm } from "./support/storm.ts";
import { startWatchingMonitor } from "./support/watching-monitor.ts";

needs("audit");

const OPTIONS = { enable: true, backlogLimit: 8192 } as const;
const RAISED = { enabled: 1, backlogLimit: 8192 };
let lock: AuditLock | undefined;
let before: AuditState;

beforeEach(async () => {
  if (requirement("audit") !== undefined) return;
  lock = await takeAuditLock();
  setAuditSettings({ enabled: 0, backlogLimit: 64 });
  before = readAuditState();
});
afterEach(() => lock?.release());

const startOwn = () => startMonitor({}, auditMethod(OPTIONS));
const startOther = (keep = false) => startWatchingMonitor({ audit: OPTIONS, keep });

/** Finds what the process of this pid has left, and takes it away. */
async function startAfter(pid: number): Promise<void> {
  const monitor = await startOwn();
  try {
    expect(readAuditState()).toMatchObject(RAISED);
    expect(rulesOf(pid)).toBe(0);
    expect(rulesOf(process.pid)).toBeGreaterThan(10);
  } finally {
    await monitor.stop();
  }
  expect(readAuditState()).toEqual(before);
}

describe("nothing stays in the kernel, nor in this process,", () => {
  test("of a monitor that is stopped", async () => {
    const holdings = () => ({ ...readAuditState(), descriptors: descriptors(), threads: threads() });
    // Libuv and vitest may have begun threads and descriptors of their own meanwhile: once is enough for these.
    await (await startOwn()).stop();
    const held = holdings();
    for (let turn = 0; turn < 10; turn++) {
      const monitor = await startOwn();
      expect(readAuditState()).toMatchObject(RAISED);
      await makeStorm("storm", [100, 2, "fork"]);
      await monitor.stop();
      expect(holdings()).toEqual(held);
    }
  });

  test("of one that is stopped while it starts", async () => {
    for (const wait of [0, 5, 10, 20, 40, 80, 160]) {
      const monitor = createMonitor({ methods: [auditMethod(OPTIONS)], strict: true, from: import.meta.dirname });
      const starting = monitor.start().catch(() => undefined);
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      await monitor.stop();
      await starting;
      expect(readAuditState(), `after ${wait} ms`).toEqual(before);
    }
  });

  test("of one that is stopped in a process of its own, under load", async () => {
    await using watching = await startOther();
    const storm = makeStorm("storm", [3000, 2, "fork"]);
    await watching.ask("stop");
    expect(readAuditState()).toEqual(before);
    await storm;
  });
});

const threads = () => readdirSync("/proc/self/task").length;
const descriptors = () => readdirSync("/proc/self/fd").length;

describe("the next one takes away what was left", () => {
  // Nobody is there any more who could: rules and settings stay until then.
  test.each(["killed", "killed under load", "ended by an error", "ended without a stop"])(
    "by one that was %s",
    async (how) => {
      await using watching = await startOther();
      const { pid } = watching;
      expect(readAuditState()).toMatchObject(RAISED);
      const storm = how === "killed under load" ? makeStorm("storm", [3000, 2, "fork"]) : undefined;
      if (how.startsWith("killed")) watching.kill("SIGKILL");
      else await watching.ask(how === "ended by an error" ? "crash" : "exit");
      await watching.exited;
      expect(watching.complaints().includes("as the test wants it")).toBe(how === "ended by an error");
      expect(readAuditState()).toMatchObject(RAISED);
      expect(rulesOf(pid)).toBeGreaterThan(10);
      await startAfter(pid);
      await storm;
    },
  );

  test("by one that was killed while it started, at whatever moment", async () => {
    const program = join(import.meta.dirname, "support/watch-everything.ts");
    const args = ["--conditions=@procmon/source", program, JSON.stringify({ audit: OPTIONS })];
    const after = (wait: number) => () => new Promise((resolve) => setTimeout(resolve, wait));
    const hasRules = (pid: number) => expect.poll(() => rulesOf(pid), { timeout: 30_000, interval: 1 }).not.toBe(0);
    for (const moment of [...[150, 200, 225, 250, 275, 300, 325, 350].map(after), hasRules]) {
      const child = spawn(process.execPath, args, { stdio: ["pipe", "ignore", "inherit"] });
      const exited = once(child, "exit");
      await moment(child.pid as number);
      child.kill("SIGKILL");
      await exited;
      expect(rulesOf(child.pid as number) > 0 || moment !== hasRules).toBe(true);
      await startAfter(child.pid as number);
    }
  });

  test("by several", async () => {
    await using first = await startOther();
    await using second = await startOther();
    for (const watching of [second, first]) {
      watching.kill("SIGKILL");
      await watching.exited;
    }
    expect(rulesOf(second.pid)).toBeGreaterThan(10);
    await startAfter(first.pid);
  });

  test("even if it cannot run itself", async () => {
    await using watching = await startOther();
    watching.kill("SIGKILL");
    await watching.exited;
    // Auditing had been off, and this one may not turn it on.
    await expect(startMonitor({}, auditMethod())).rejects.toMatchObject({
      code: "METHOD_UNAVAILABLE",
      message: "The kernel's auditing is off.",
    });
    expect(readAuditState()).toEqual(before);
  });
});

describe("of two monitors", () => {
  test.each(["killed", "stopped"])("one goes on when the other is %s", async (how) => {
    await using other = await startOther();
    const monitor = await startOwn();
    try {
      const log = logEvents(monitor);
      const forksOf = (pids: readonly number[]) =>
        pids.filter((pid) => log.of(pid).some(({ type }) => type === "fork")).length;
      const first = await makeStorm("storm", [1000, 2, "fork"]);
      await log.caughtUp();
      expect(forksOf(first.pids)).toBe(1000);
      const forks = async () => (await other.ask("counts")).delivered.fork;
      await expect.poll(forks, { timeout: 20_000 }).toBeGreaterThanOrEqual(1000);

      const during = makeStorm("storm", [1000, 2, "fork"]);
      if (how === "stopped") await other.ask("stop");
      else {
        other.kill("SIGKILL");
        await other.exited;
      }
      const second = await during;
      const third = await makeStorm("storm", [1000, 2, "fork"]);
      await log.caughtUp();
      expect([forksOf(second.pids), forksOf(third.pids)]).toEqual([1000, 1000]);
      expect(log.lost).toEqual([]);
      expect(readAuditState()).toMatchObject(RAISED);
    } finally {
      await monitor.stop();
    }
    // What a killed one has left, the last who leaves does not know of, but for the settings.
    expect(readAuditState()).toMatchObject(how === "stopped" ? before : { enabled: 0, backlogLimit: 64 });
    await startAfter(other.pid);
  });

  test("in one process, each puts back only its own", async () => {
    const first = await startOwn();
    const second = await startOwn();
    await first.stop();
    expect(readAuditState()).toMatchObject(RAISED);
    await second.stop();
    expect(readAuditState()).toEqual(before);
  });
});
