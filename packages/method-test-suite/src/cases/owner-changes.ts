import assert from "node:assert/strict";
import { createMonitor, type MethodCapabilities, type MonitorMethod } from "@procmon/core";
import { spawnChild } from "../children/spawn-child.ts";
import { protocolCase, type TestCase } from "../test-case.ts";
import { waitFor } from "../wait-for.ts";
import { expectOwner } from "./expect-owner.ts";

/** Owners that come, go and share. */
export function ownerChangeCases(createMethod: () => MonitorMethod, capabilities: MethodCapabilities): TestCase[] {
  const tcp = (name: string, run: (method: MonitorMethod) => Promise<void>) =>
    protocolCase(capabilities, ["tcp"], name, () => run(createMethod()));
  return [
    tcp("several processes hold one socket", sharedSocket),
    tcp("an owner that ended owns nothing", endedOwner),
    tcp("a closed socket has no owner, though its process lives", closedSocket),
    tcp("a port that changes hands changes its owner", portChangesHands),
    tcp("an answer comes with a process that can be found", ownerCanBeFound),
  ];
}

const listenerOn = (port: number) =>
  ({ protocol: "tcp", srcIp: "127.0.0.1", srcPort: port, dstIp: "0.0.0.0", dstPort: 0 }) as const;

async function sharedSocket(method: MonitorMethod): Promise<void> {
  await using server = await spawnChild();
  await using client = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port } = await server.listen("127.0.0.1");
  const { port: srcPort } = await client.connect("127.0.0.1", port);
  const { pid } = await client.share();
  const tuple = { protocol: "tcp", srcIp: "127.0.0.1", srcPort, dstIp: "127.0.0.1", dstPort: port } as const;
  expectOwner(await monitor.findOwner(tuple), [{ pid: client.pid }, { pid }], "exact");
}

async function endedOwner(method: MonitorMethod): Promise<void> {
  const child = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port } = await child.listen("127.0.0.1");
  expectOwner(await monitor.findOwner(listenerOn(port)), [{ pid: child.pid }]);
  await child.end();
  assert.notEqual((await monitor.findOwner(listenerOn(port))).kind, "process");
}

async function closedSocket(method: MonitorMethod): Promise<void> {
  await using child = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port } = await child.listen("127.0.0.1");
  expectOwner(await monitor.findOwner(listenerOn(port)), [{ pid: child.pid }]);
  await child.close();
  assert.notEqual((await monitor.findOwner(listenerOn(port))).kind, "process");
}

async function portChangesHands(method: MonitorMethod): Promise<void> {
  await using first = await spawnChild();
  await using second = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port } = await first.listen("127.0.0.1");
  expectOwner(await monitor.findOwner(listenerOn(port)), [{ pid: first.pid }]);
  await first.close();
  await waitFor("the port is free", () => second.listen("127.0.0.1", port).catch(() => undefined));
  expectOwner(await monitor.findOwner(listenerOn(port)), [{ pid: second.pid }]);
}

async function ownerCanBeFound(method: MonitorMethod): Promise<void> {
  await using child = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port } = await child.listen("127.0.0.1");
  const found = await monitor.findOwner(listenerOn(port));
  assert.ok(found.kind === "process");
  const owner = await monitor.findProcess(found.owners[0].pid);
  assert.equal(owner?.startTime, found.owners[0].startTime, "its start time is not in the kernel's ticks");
}
