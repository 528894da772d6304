import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { EmittedEvent, MonitorMethod, ObservedEventType } from "@procmon/core";
import { procMethod } from "@procmon/method-proc";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { end, openConnection, until } from "./connections.ts";
import { createHost, type RecordingHost } from "./host.ts";

const ALL: readonly ObservedEventType[] = ["exec", "fork", "exit", "connect", "accept", "listen", "close", "flow"];

/** Without root, the kernel may not tell. */
const WAYS = process.getuid?.() === 0 ? (["poll", "connector"] as const) : (["poll"] as const);

let host: RecordingHost;
let method: MonitorMethod;

beforeEach(async () => {
  host = createHost(ALL);
  method = procMethod({ pollMs: 20 });
});

afterEach(async () => {
  await method.stop();
  host.close();
});

function find<T extends EmittedEvent["type"]>(type: T, test: (event: Extract<EmittedEvent, { type: T }>) => boolean) {
  return host.events.find((event): event is Extract<EmittedEvent, { type: T }> => {
    return event.type === type && test(event as Extract<EmittedEvent, { type: T }>);
  });
}

describe.each(WAYS)("process events by %s", (processEvents) => {
  beforeEach(() => {
    method = procMethod({ pollMs: 20, processEvents });
  });

  it("tell of exec, of exec over exec, and of exit", async () => {
    await method.start(host);
    const child = spawn("sh", ["-c", "sleep 0.4; exec sleep 60"], { stdio: "ignore" });
    await once(child, "spawn");
    const { pid } = child;
    const first = await until(() => find("exec", (event) => event.process.pid === pid && event.process.comm === "sh"));
    expect(first.process.args).toEqual(["sh", "-c", "sleep 0.4; exec sleep 60"]);
    expect(first.process.tree?.[1]?.pid).toBe(process.pid);
    await until(() => find("exec", (event) => event.process.pid === pid && event.process.args?.[0] === "sleep"));
    await end(child);
    const exit = await until(() => find("exit", (event) => event.process.pid === pid));
    expect(exit.process.startTime).toBe(first.process.startTime);
    expect(host.events.filter((event) => event.type === "exit" && event.process.pid === pid)).toHaveLength(1);
  });

  it("tell a fork from an exec", async () => {
    await method.start(host);
    const child = spawn("sh", ["-c", "(sleep 60; true) & wait"], { stdio: "ignore", detached: true });
    const fork = await until(() => find("fork", (event) => event.process.ppid === child.pid));
    expect(fork.process.comm).toBe("sh");
    // The whole group.
    process.kill(-(child.pid ?? 0), "SIGKILL");
  });

  it("say nothing of what was there before", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(child, "spawn");
    await method.start(host);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(host.events.filter((event) => "process" in event && event.process?.pid === child.pid)).toEqual([]);
    await end(child);
    await until(() => find("exit", (event) => event.process.pid === child.pid));
  });
});

describe.each(WAYS)("connection events, with processes by %s", (processEvents) => {
  beforeEach(() => {
    method = procMethod({ pollMs: 20, processEvents });
  });

  it("tell of listen, connect, accept and close, each with its process", async () => {
    await method.start(host);
    const connection = await openConnection();
    const { srcPort } = connection.tuple;
    const { port } = connection;
    const connected = await until(() => find("connect", (event) => event.connection.srcPort === srcPort));
    const accepted = await until(() => find("accept", (event) => event.connection.dstPort === srcPort));
    const listening = await until(() => find("listen", (event) => event.connection.srcPort === port));
    for (const event of [connected, accepted, listening]) {
      expect(event.ownership).toMatchObject({ kind: "process", confidence: "exact", owners: [{ pid: process.pid }] });
      expect(event.process?.pid).toBe(process.pid);
    }
    await connection.close();
    for (const event of [connected, accepted, listening]) {
      const closed = await until(() => {
        return find("close", ({ connection: { srcPort, dstPort } }) => {
          return srcPort === event.connection.srcPort && dstPort === event.connection.dstPort;
        });
      });
      expect(closed.ownership).toEqual(event.ownership);
      expect(closed.duration).toBeGreaterThan(0n);
    }
    const begun = host.events.filter((event) => "connection" in event && event.connection.srcPort === srcPort);
    expect(begun.map((event) => event.type)).toEqual(["connect", "close"]);
  });

  it("tell of the flow of a connected datagram socket, and of each new peer", async () => {
    await method.start(host);
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    for (const peer of [61_009, 61_010]) {
      socket.connect(peer, "127.0.0.1");
      await once(socket, "connect");
      const flow = await until(() => find("flow", ({ connection }) => connection.dstPort === peer));
      expect(flow.ownership).toMatchObject({ owners: [{ pid: process.pid }] });
      expect(flow.connection.srcPort).toBe(socket.address().port);
      if (peer === 61_009) socket.disconnect();
    }
    await until(() => find("close", ({ connection }) => connection.dstPort === 61_009));
    socket.close();
    await until(() => find("close", ({ connection }) => connection.dstPort === 61_010));
  });

  it("say nothing of sockets that were there before, but of their end with their owner", async () => {
    const connection = await openConnection();
    const { srcPort } = connection.tuple;
    await method.start(host);
    // The second look finds the owners of what was there at the first.
    await until(() => (method.stats?.().polls ?? 0) >= 3);
    const about = () => host.events.filter((event) => "connection" in event && event.connection.srcPort === srcPort);
    expect(about()).toEqual([]);
    await connection.close();
    const closed = await until(() => find("close", (event) => event.connection.srcPort === srcPort));
    expect(closed.ownership).toMatchObject({ owners: [{ pid: process.pid }] });
    expect(closed.duration).toBeUndefined();
  });

  it("are seen by a reader who comes after the start", async () => {
    host.wanted.clear();
    await method.start(host);
    const connection = await openConnection();
    host.wanted.add("connect");
    await until(() => find("connect", (event) => event.connection.srcPort === connection.tuple.srcPort));
    await connection.close();
  });
});
