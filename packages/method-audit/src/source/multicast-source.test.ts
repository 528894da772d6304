import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  type AuditLock,
  auditctl,
  requirement,
  setAuditSettings,
  spawnFixture,
  startAuditd,
  takeAuditLock,
} from "@procmon-internal/fixtures";
import { afterEach, test as base, beforeEach, expect } from "vitest";
import { createMulticastSource } from "./multicast-source.ts";
import { createHeardSink, hasHeard, needNative, netlinkOptions, SOON, since } from "./source.test-kit.ts";

const missing = requirement("auditd", "namespaces");
const test = base.skipIf(missing !== undefined);
const run = promisify(execFile);
const KEY = `procmon-multicast-test-${process.pid}`;
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

test("records come without a daemon and beside one, with what was read of their processes", async () => {
  const heard = createHeardSink();
  const source = createMulticastSource(netlinkOptions(await needNative(), heard));
  await source.start();
  auditctl("-m", "first");
  await expect.poll(() => hasHeard(heard, "first"), SOON).toBe(true);
  await using _auditd = await startAuditd();
  auditctl(
    "-a",
    "always,exit",
    "-F",
    "arch=b64",
    "-S",
    "execve",
    "-F",
    "success=1",
    "-F",
    "path=/bin/sleep",
    "-k",
    KEY,
  );
  const sleeper = run("/bin/sleep", ["1000"]);
  await expect.poll(() => hasHeard(heard, KEY) && hasHeard(heard, 'a1="1000"'), SOON).toBe(true);
  const exec = heard.records.find(({ record: { type, body } }) => type === 1300 && body.includes(KEY));
  expect(exec?.reading).toMatchObject({ root: "/", netns: expect.any(Number), stat: { pid: sleeper.child.pid } });
  expect(exec?.reading?.cgroup?.length).toBeGreaterThan(0);
  expect(exec?.reading).not.toHaveProperty("env");
  sleeper.child.kill();
  await sleeper.catch(() => {});
  await source.stop();
  expect(heard).toMatchObject({ garbageCount: 0, words: [] });
  expect(heard.idleCount).toBeGreaterThan(0);
  expect(source.stats()).toMatchObject({ records: heard.records.length, dropped: 0, garbage: 0 });
});

test("what was read of an environment, and of the socket of a call, comes with the record", async () => {
  const heard = createHeardSink();
  const source = createMulticastSource({ ...netlinkOptions(await needNative(), heard), captureEnv: true });
  await source.start();
  const rule = ["-a", "always,exit", "-F", "arch=b64"];
  auditctl(...rule, "-S", "execve", "-F", "success=1", "-F", `ppid=${process.pid}`, "-k", KEY);
  auditctl(...rule, "-S", "listen", "-F", "success=1", "-k", KEY);
  await using listener = await spawnFixture<{ pid: number; inode: number; port: number }>(
    "open-socket",
    ["tcp", "127.0.0.1", "0", "listen"],
    { env: { PROCMON_MARK: "seen" } },
  );
  const of = (call: number) =>
    heard.records.find(
      ({ record: { type, body } }) =>
        type === 1300 && body.includes(`syscall=${call} `) && body.includes(` pid=${listener.pid} `),
    )?.reading;
  await expect
    .poll(() => of(50), SOON)
    .toMatchObject({
      stat: { pid: listener.pid },
      socket: {
        family: 2,
        inode: listener.ready.inode,
        isListening: true,
        local: { ip: "127.0.0.1", port: expect.any(Number) },
      },
    });
  expect(of(59)).toMatchObject({ env: { PROCMON_MARK: "seen" }, root: "/" });
  await source.stop();
});

test("a socket that cannot be read any more is opened again", async () => {
  const native = await needNative();
  const broken: ((error: InstanceType<typeof native.NativeError>) => void)[] = [];
  const openNetlinkSocket: typeof native.openNetlinkSocket = (options) => {
    const socket = native.openNetlinkSocket(options);
    const read: typeof socket.read = (reading) => {
      broken.push(reading.onError);
      return socket.read(reading);
    };
    return Object.create(socket, { read: { value: read } });
  };
  const heard = createHeardSink();
  const source = createMulticastSource(netlinkOptions({ ...native, openNetlinkSocket }, heard));
  await source.start();
  broken[0]?.(new native.NativeError("ENOMEM", "recvmmsg failed.", "recvmmsg"));
  const down = "down: The audit socket cannot be read any more: recvmmsg failed.";
  await expect.poll(() => heard.words, SOON).toEqual([down, "up"]);
  auditctl("-m", "again");
  await expect.poll(() => hasHeard(heard, "again"), SOON).toBe(true);
  await source.stop();
  expect(source.stats()).toMatchObject({ restored: 1, dropped: 0 });
});

test("what has arrived is handed over before it stops, and nothing comes after", async () => {
  const heard = createHeardSink();
  const source = createMulticastSource({ ...netlinkOptions(await needNative(), heard), intervalMs: 1000 });
  await source.start();
  for (let count = 0; count < 20; count++) auditctl("-m", `last ${count}`);
  await source.stop();
  expect(hasHeard(heard, "last 19")).toBe(true);
  const { length } = heard.records;
  auditctl("-m", "after");
  await source.stop();
  expect(heard.records).toHaveLength(length);
});

test("what the kernel has no room for is counted exactly", async () => {
  const native = await needNative();
  const [all, few] = [createHeardSink(), createHeardSink()];
  const whole = createMulticastSource({ ...netlinkOptions(native, all), receiveBufferBytes: 256 * 1024 * 1024 });
  const tiny = createMulticastSource({ ...netlinkOptions(native, few), receiveBufferBytes: 4096, intervalMs: 1000 });
  await whole.start();
  await tiny.start();
  auditctl("-m", "begin");
  await expect.poll(() => hasHeard(all, "begin") && hasHeard(few, "begin"), SOON).toBe(true);
  auditctl("-a", "always,exit", "-F", "arch=b64", "-S", "kill", "-F", `pid=${process.pid}`, "-k", KEY);
  for (let count = 0; count < 20_000; count++) process.kill(process.pid, 0);
  auditctl("-m", "end");
  await expect.poll(() => hasHeard(all, "end"), SOON).toBe(true);
  const lost = () => few.words.reduce((sum, word) => sum + Number(word.replace("overrun ", "")), 0);
  // Others may be recorded meanwhile: once nothing is on its way, both know the same.
  await expect.poll(() => since(few, "begin") + lost() - since(all, "begin"), SOON).toBe(0);
  expect(lost()).toBeGreaterThan(100);
  expect(tiny.stats().dropped).toBe(lost());
  expect(all.words).toEqual([]);
  await Promise.all([whole.stop(), tiny.stop()]);
}, 120_000);
