import assert from "node:assert/strict";
import { createMonitor, type MonitorMethod } from "@procmon/core";
import { createTestHost } from "../host/create-test-host.ts";
import { expectNothingNew, heldResources } from "../host/held-resources.ts";
import type { TestCase } from "../test-case.ts";

const CYCLES = 5;

/** Starting, stopping, and what is left afterwards. */
export function lifecycleCases(createMethod: () => MonitorMethod): TestCase[] {
  return [
    { name: "stop before start does nothing", run: () => stopFirst(createMethod()) },
    { name: "stop may be called again, and at the same time", run: () => stopTwice(createMethod()) },
    { name: "stop during start ends both", run: () => stopDuringStart(createMethod()) },
    { name: "a second instance starts after the first", run: () => startAgain(createMethod) },
    { name: "two instances run side by side", run: () => twoAtOnce(createMethod) },
    { name: "an abort and stop leave nothing behind", run: () => nothingLeft(createMethod, "abort") },
    { name: "stop alone leaves nothing behind", run: () => nothingLeft(createMethod, "stop") },
    { name: "runs in a monitor under its own name", run: () => runsInMonitor(createMethod()) },
    { name: "the monitor's signal stops it", run: () => stopsBySignal(createMethod()) },
  ];
}

async function stopFirst(method: MonitorMethod): Promise<void> {
  await method.stop();
  await method.stop();
}

async function stopTwice(method: MonitorMethod): Promise<void> {
  const { host, close } = createTestHost();
  await method.start(host);
  await Promise.all([method.stop(), method.stop()]);
  await method.stop();
  close();
}

async function stopDuringStart(method: MonitorMethod): Promise<void> {
  const before = heldResources();
  const { host, abort, close } = createTestHost();
  const starting = method.start(host).catch(() => {});
  abort();
  await method.stop();
  await starting;
  await method.stop();
  close();
  await expectNothingNew(before);
}

async function startAgain(createMethod: () => MonitorMethod): Promise<void> {
  for (let i = 0; i < 2; i++) await startAndStop(createMethod(), "stop");
}

async function twoAtOnce(createMethod: () => MonitorMethod): Promise<void> {
  const hosts = [createTestHost(), createTestHost()] as const;
  const methods = [createMethod(), createMethod()] as const;
  await Promise.all([methods[0].start(hosts[0].host), methods[1].start(hosts[1].host)]);
  await methods[0].stop();
  const netns = hosts[1].host.finder.find(process.pid)?.netns ?? 0;
  const nobody = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2, netns } as const;
  assert.equal((await methods[1].findOwner(nobody)).kind, "none", "the other instance stopped too");
  await methods[1].stop();
  for (const { close } of hosts) close();
}

async function nothingLeft(createMethod: () => MonitorMethod, how: "abort" | "stop"): Promise<void> {
  // The first start may load modules and start threads that Node itself keeps.
  await startAndStop(createMethod(), how);
  const before = heldResources();
  // Several times: the test runner's own timers come and go meanwhile, and one must not hide another.
  for (let i = 0; i < CYCLES; i++) await startAndStop(createMethod(), how);
  await expectNothingNew(before);
}

async function startAndStop(method: MonitorMethod, how: "abort" | "stop"): Promise<void> {
  const { host, failures, abort, close } = createTestHost();
  await method.start(host);
  if (how === "abort") abort();
  await method.stop();
  close();
  assert.deepEqual(failures, [], "being stopped is no failure");
}

async function runsInMonitor(method: MonitorMethod): Promise<void> {
  await using monitor = createMonitor({ methods: [method], strict: true });
  const report = await monitor.start();
  assert.equal(report.method, method.name);
  assert.equal(monitor.method, method.name);
  await monitor.stop();
  assert.equal(monitor.method, undefined);
}

async function stopsBySignal(method: MonitorMethod): Promise<void> {
  const controller = new AbortController();
  await using monitor = createMonitor({ methods: [method], strict: true, signal: controller.signal });
  const events = monitor.events();
  await monitor.start();
  controller.abort();
  for await (const _ of events) {
    // The stream ends, because the monitor does.
  }
}
