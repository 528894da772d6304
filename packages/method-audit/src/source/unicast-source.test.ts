import {
  type AuditLock,
  auditctl,
  requirement,
  setAuditSettings,
  startAuditd,
  takeAuditLock,
} from "@procmon-internal/fixtures";
import { afterEach, test as base, beforeEach, expect } from "vitest";
import type { AuditControl } from "../kernel/audit-control.ts";
import { openAuditControl } from "../kernel/open-audit-control.ts";
import { createHeardSink, hasHeard, needNative, netlinkOptions, SOON } from "./source.test-kit.ts";
import { createUnicastSource, type UnicastSourceOptions } from "./unicast-source.ts";

const missing = requirement("auditd");
const test = base.skipIf(missing !== undefined);
let lock: AuditLock | undefined;
let control: AuditControl | undefined;

beforeEach(async () => {
  if (missing !== undefined) return;
  lock = await takeAuditLock();
  setAuditSettings({ enabled: 1 });
  control = openAuditControl(await needNative());
});
afterEach(async () => {
  control?.close();
  await lock?.release();
});

async function options(heard = createHeardSink()): Promise<UnicastSourceOptions> {
  return { ...netlinkOptions(await needNative(), heard), control };
}

test("is the daemon while it runs, and gives the place back", async () => {
  const heard = createHeardSink();
  const source = createUnicastSource(await options(heard));
  await source.start();
  expect(control?.status().pid).toBe(process.pid);
  auditctl("-m", "hello");
  await expect.poll(() => hasHeard(heard, "hello"), SOON).toBe(true);
  auditctl("-m", "last");
  await source.stop();
  await source.stop();
  expect(hasHeard(heard, "last")).toBe(true);
  expect(control?.status().pid).toBe(0);
  expect(heard).toMatchObject({ garbageCount: 0, words: [] });
  expect(source.stats()).toMatchObject({ records: heard.records.length, dropped: 0, garbage: 0, restored: 0 });
});

test("leaves the place to auditd, which wants it, and comes back once that has ended", async () => {
  const heard = createHeardSink();
  const source = createUnicastSource({ ...(await options(heard)), patienceMs: 5000 });
  await source.start();
  // The kernel refuses it as long as we live, and tells us.
  await expect(startAuditd()).rejects.toThrow(/did not get ready/);
  await expect
    .poll(() => heard.words, SOON)
    .toEqual([expect.stringMatching(/^down: Process \d+ wants to be the audit daemon/)]);
  await expect.poll(() => control?.status().pid, SOON).toBe(0);
  const auditd = await startAuditd();
  await expect(createUnicastSource(await options()).start()).rejects.toMatchObject({
    code: "METHOD_UNAVAILABLE",
    message: `The kernel sends its audit records to process ${auditd.pid} already.`,
    remedy: expect.stringContaining("multicast"),
  });
  await auditd.stop();
  await expect.poll(() => heard.words.at(-1), { timeout: 50_000 }).toBe("up");
  expect(control?.status().pid).toBe(process.pid);
  auditctl("-m", "again");
  await expect.poll(() => hasHeard(heard, "again"), SOON).toBe(true);
  await source.stop();
  expect(control?.status().pid).toBe(0);
  expect(heard.words).toHaveLength(2);
}, 120_000);

test("takes the place of a daemon that was killed, of which the kernel does not know yet", async () => {
  await using auditd = await startAuditd();
  await auditd.kill();
  expect(control?.status().pid).toBe(auditd.pid);
  const source = createUnicastSource(await options());
  await source.start();
  expect(control?.status().pid).toBe(process.pid);
  await source.stop();
});

test("comes back where somebody has taken the place away", async () => {
  const heard = createHeardSink();
  const source = createUnicastSource(await options(heard));
  await source.start();
  control?.set({ pid: 0 });
  await expect.poll(() => heard.words, SOON).toEqual([expect.stringContaining("down: The kernel has stopped"), "up"]);
  expect(control?.status().pid).toBe(process.pid);
  await source.stop();
  expect(control?.status().pid).toBe(0);
});

test("says what it takes", async () => {
  const source = createUnicastSource({ ...(await options()), control: undefined });
  await expect(source.start()).rejects.toMatchObject({
    code: "METHOD_UNAVAILABLE",
    message: expect.stringContaining("CAP_AUDIT_CONTROL"),
  });
});
