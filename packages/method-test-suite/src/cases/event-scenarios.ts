import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  createMonitor,
  type EmittedEvent,
  type MonitorEvent,
  type MonitorMethod,
  type ObservedEventType,
} from "@procmon/core";
import { spawnChild } from "../children/spawn-child.ts";
import { PATIENCE_MS } from "../wait-for.ts";
import { expectExecutable } from "./expect-executable.ts";

type Scenario = (method: MonitorMethod) => Promise<void>;

/** Makes each type of event happen, and waits for it. */
export const EVENT_SCENARIOS: Readonly<Record<ObservedEventType, Scenario>> = {
  exec: (method) =>
    expectEvent(method, "exec", async (events) => {
      await using child = await spawnChild();
      const event = await events.find((one) => seen(one, "exec", child.pid));
      assert.ok("process" in event && event.process?.path !== undefined, "an exec event has a path");
      assert.equal(typeof event.process.startTime, "bigint");
      expectExecutable(event.process.executable, process.execPath);
    }),
  fork: (method) =>
    expectEvent(method, "fork", async (events) => {
      // A subshell is a process that has not run anything of its own.
      const shell = spawn("/bin/sh", ["-c", "{ while :; do sleep 1; done; } & echo $!; wait"], {
        stdio: ["ignore", "pipe", "inherit"],
        detached: true,
      });
      try {
        const [pid] = await once(shell.stdout, "data");
        await events.find((one) => seen(one, "fork", Number(pid)));
      } finally {
        await killGroup(shell);
      }
    }),
  exit: (method) =>
    expectEvent(method, "exit", async (events) => {
      const child = await spawnChild();
      await events.settle();
      await child.end();
      await events.find((one) => seen(one, "exit", child.pid));
    }),
  listen: (method) =>
    expectEvent(method, "listen", async (events) => {
      await using child = await spawnChild();
      const { port } = await child.listen("127.0.0.1");
      const event = await events.find((one) => isAt(one, "listen", port));
      expectEventOwner(event, child.pid);
    }),
  connect: (method) =>
    expectEvent(method, "connect", async (events) => {
      await using server = await spawnChild();
      await using client = await spawnChild();
      const { port: dstPort } = await server.listen("127.0.0.1");
      const { port } = await client.connect("127.0.0.1", dstPort);
      const event = await events.find((one) => isAt(one, "connect", port));
      assert.ok("connection" in event && event.connection.dstPort === dstPort);
      expectEventOwner(event, client.pid);
    }),
  accept: (method) =>
    expectEvent(method, "accept", async (events) => {
      await using server = await spawnChild();
      await using client = await spawnChild();
      const { port } = await server.listen("127.0.0.1");
      const { port: dstPort } = await client.connect("127.0.0.1", port);
      const event = await events.find((one) => isAt(one, "accept", port));
      assert.ok("connection" in event && event.connection.dstPort === dstPort);
      expectEventOwner(event, server.pid);
    }),
  close: (method) =>
    expectEvent(method, "close", async (events) => {
      await using server = await spawnChild();
      await using client = await spawnChild();
      const { port: dstPort } = await server.listen("127.0.0.1");
      const { port } = await client.connect("127.0.0.1", dstPort);
      await events.settle();
      await client.close();
      const event = await events.find((one) => isAt(one, "close", port));
      assert.ok("connection" in event && event.connection.dstPort === dstPort);
      expectEventOwner(event, client.pid);
    }),
  flow: (method) =>
    expectEvent(method, "flow", async (events) => {
      await using peer = await spawnChild();
      await using child = await spawnChild();
      const { port: peerPort } = await peer.udp("127.0.0.1");
      const { port } = await child.udp("127.0.0.1", peerPort);
      const event = await events.find((one) => isAt(one, "flow", port));
      expectEventOwner(event, child.pid);
    }),
};

/** True for an event of that type about that process. */
export function seen(event: EmittedEvent | MonitorEvent, type: ObservedEventType, pid: number): boolean {
  return event.type === type && "process" in event && event.process?.pid === pid;
}

function isAt(event: MonitorEvent, type: ObservedEventType, port: number): boolean {
  return event.type === type && "connection" in event && event.connection.srcPort === port;
}

function expectEventOwner(event: MonitorEvent, pid: number): void {
  assert.ok("ownership" in event && event.ownership.kind === "process", `nobody owns it: ${event.type}`);
  assert.ok(event.ownership.owners.some((owner) => owner.pid === pid));
  assert.equal(event.process?.pid, pid);
}

interface Events {
  /** @throws Error if none comes in time. */
  find(matches: (event: MonitorEvent) => boolean): Promise<MonitorEvent>;
  /** Gives a polling method the time to look once. */
  settle(): Promise<void>;
}

async function expectEvent(
  method: MonitorMethod,
  type: ObservedEventType,
  scenario: (events: Events) => Promise<void>,
): Promise<void> {
  await using monitor = createMonitor({ methods: [method], strict: true });
  const stream = monitor.events({ types: [type] });
  await monitor.start();
  const find: Events["find"] = async (matches) => {
    const timer = setTimeout(() => void stream.return(), PATIENCE_MS);
    try {
      for (;;) {
        const { value, done } = await stream.next();
        if (done) throw new Error(`no ${type} event within ${PATIENCE_MS} ms`);
        if (matches(value)) {
          assert.equal(value.method, method.name);
          assert.equal(typeof value.time, "bigint");
          return value;
        }
      }
    } finally {
      clearTimeout(timer);
    }
  };
  const polled = method.capabilities.events[type] === "polled";
  await scenario({ find, settle: () => new Promise((resolve) => setTimeout(resolve, polled ? 2_000 : 0)) });
}

async function killGroup(shell: ChildProcess): Promise<void> {
  process.kill(-(shell.pid as number), "SIGKILL");
  await once(shell, "exit");
}
