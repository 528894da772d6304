import {
  type AuditLock,
  auditctl,
  requirement,
  setAuditSettings,
  startAuditd,
  takeAuditLock,
} from "@procmon-internal/fixtures";
import { afterEach, test as base, beforeEach, expect } from "vitest";
import { createPluginSource } from "./plugin-source.ts";
import { createHeardSink, hasHeard, SOON } from "./source.test-kit.ts";

const missing = requirement("auditd");
const test = base.skipIf(missing !== undefined);
const KEY = `procmon-plugin-test-${process.pid}`;
let lock: AuditLock | undefined;

beforeEach(async () => {
  if (missing !== undefined) return;
  lock = await takeAuditLock();
  setAuditSettings({ enabled: 1, backlogLimit: 8192 });
});
afterEach(async () => {
  if (lock !== undefined) auditctl("-D", "-k", KEY);
  await lock?.release();
});

test.for([
  ["string", "raw"],
  ["string", "enriched"],
  ["binary", "raw"],
  ["binary", "enriched"],
] as const)("auditd's plugin: %s, %s; killed and back", async ([format, logFormat]) => {
  await using auditd = await startAuditd({ format, logFormat, node: "here" });
  const heard = createHeardSink();
  const source = createPluginSource({ sink: heard, path: auditd.socket });
  await source.start();
  auditctl("-a", "always,exit", "-F", "arch=b64", "-S", "kill", "-F", `pid=${process.pid}`, "-k", KEY);
  for (let count = 0; count < 500; count++) process.kill(process.pid, 0);
  const calls = () =>
    heard.records.filter(({ record: { type, body } }) => type === 1300 && body.includes(`key="${KEY}"`));
  await expect.poll(() => calls().length, SOON).toBeGreaterThanOrEqual(500);
  for (const { record, reading } of calls()) {
    expect(record.enrichment?.includes("SYSCALL=kill") ?? false).toBe(logFormat === "enriched");
    expect(record.node).toBe("here");
    expect(reading).toBeUndefined();
  }
  await auditd.kill();
  await expect.poll(() => heard.words, SOON).toEqual(["down: auditd has closed the connection."]);
  await auditd.restart();
  await expect.poll(() => heard.words.at(-1), SOON).toBe("up");
  auditctl("-m", "again");
  await expect.poll(() => hasHeard(heard, "again"), SOON).toBe(true);
  await source.stop();
  expect(heard).toMatchObject({ garbageCount: 0 });
  expect(source.stats()).toMatchObject({ garbage: 0, restored: 1 });
});
