import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Monitor, Ownership } from "@procmon/core";
import { spawnFixture } from "@procmon-internal/fixtures";
import { expect, onTestFinished, test } from "vitest";
import { eventsOf, findLifeFaults } from "./support/check-connect-storm.ts";
import { type ConnectStorm, connectStorm } from "./support/connect-storm.ts";
import { type EventLog, logEvents, type ObservedEvent } from "./support/event-log.ts";
import { needs } from "./support/needs.ts";
import { startMonitor } from "./support/start-monitor.ts";

needs("ebpf", "namespaces");

const LIVES = 2000;

/** How it ends: the kernel closes what a process has left open, after the process has ended. */
const END = ["exit", "close"] as const;

/** Of those that are asked for in this machine's own network namespace: each leaves a port in TIME_WAIT. */
const ASKED = 500;

async function listenTcp(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {}).resume();
    onConnection(socket);
  }).listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function listenUdp(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  onTestFinished(() => void socket.close());
  await once(socket, "listening");
  return socket.address().port;
}

/** Makes a storm while a monitor watches, and waits until all of it is told. */
async function watchLives(
  port: number,
  options: readonly string[],
  enter: readonly string[] = [],
): Promise<{ log: EventLog; storm: ConnectStorm; monitor: Monitor }> {
  const monitor = await startMonitor({}, "ebpf");
  onTestFinished(() => monitor.stop());
  const log = logEvents(monitor);
  const storm = await connectStorm(LIVES, port, options, enter);
  await log.caughtUp();
  expect(storm.lives).toHaveLength(LIVES);
  expect(log.lost).toEqual([]);
  return { log, storm, monitor };
}

/** The same, with connections in a network namespace of their own. */
async function watchConnections(options: readonly string[]) {
  const server = await spawnFixture<{ pid: number; port: number }>("prefork-server", ["2"], { enter: ["net"] });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return watchLives(server.ready.port, options, [`join-net=${server.pid}`]);
}

test.each([1, 8])("each connection of processes that live 1 to 3 ms, %i at once", async (jobs) => {
  const { log, storm } = await watchConnections([`jobs=${jobs}`]);
  const types = ["fork", "exec", "connect", ...END] as const;
  expect(findLifeFaults(log, storm, { types, protocol: "tcp", execs: true })).toEqual([]);
});

test.each([1, 8])("each datagram of processes that live 1 to 3 ms, %i at once", async (jobs) => {
  const { log, storm } = await watchLives(await listenUdp(), ["udp", `jobs=${jobs}`]);
  const types = ["fork", "exec", "flow", ...END] as const;
  expect(findLifeFaults(log, storm, { types, protocol: "udp", execs: true })).toEqual([]);
});

test.each([
  ["connection", "tcp", []],
  ["datagram", "udp", ["udp"]],
] as const)("each %s of processes that run nothing", async (_, protocol, words) => {
  const options = [...words, "fork", "jobs=8"];
  const { log, storm } =
    protocol === "tcp" ? await watchConnections(options) : await watchLives(await listenUdp(), options);
  const types = ["fork", protocol === "tcp" ? "connect" : "flow", ...END] as const;
  expect(findLifeFaults(log, storm, { types, protocol, execs: false })).toEqual([]);
});

interface Answer {
  readonly ownership: Ownership;
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
}

/** The time of events, to a millisecond. */
const SLACK_NS = 1_000_000n;

test.each([1, 8])("who accepts asks at once who that is, and is told right, %i at once", async (jobs) => {
  // A port may be used again after a second.
  const answers = new Map<number, Promise<Answer>[]>();
  const ask = async (srcPort: number): Promise<Answer> => {
    const ends = { srcIp: "127.0.0.1", srcPort, dstIp: "127.0.0.1", dstPort: port };
    const ownership = await monitor.findOwner({ protocol: "tcp", ...ends });
    return { ownership, at: BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)) };
  };
  const port = await listenTcp(({ remotePort = 0 }) => {
    answers.set(remotePort, [...(answers.get(remotePort) ?? []), ask(remotePort)]);
  });
  const monitor = await startMonitor({}, "ebpf");
  onTestFinished(() => monitor.stop());
  const log = logEvents(monitor);
  const storm = await connectStorm(ASKED, port, [`jobs=${jobs}`]);
  await log.caughtUp();
  const asked = () => [...answers.values()].reduce((sum, { length }) => sum + length, 0);
  await expect.poll(asked, { timeout: 30_000 }).toBe(ASKED);

  let known = 0;
  const faults: string[] = [];
  for (const life of storm.lives) {
    const answer = await answers.get(life.port)?.shift();
    const end = eventsOf(log, life, storm.pid).find(({ type }) => type === "exit");
    const { fault, pid } = judge(answer, end);
    if (pid !== undefined) known++;
    if (fault !== undefined || (pid ?? life.pid) !== life.pid) faults.push(`pid ${life.pid}: ${fault ?? pid}`);
  }
  expect(faults).toEqual([]);
  expect(known).toBeGreaterThan(0);
});

/** Whom an answer names, and what is wrong with it: only of a process that has ended may the owner be gone. */
function judge(answer: Answer | undefined, end: ObservedEvent | undefined): { fault?: string; pid?: number } {
  if (answer === undefined || end === undefined) return { fault: "no answer, or no end was told" };
  const { ownership, at } = answer;
  if (ownership.kind === "process") {
    const [owner, other] = ownership.owners;
    return other === undefined ? { pid: owner.pid } : { fault: "several owners" };
  }
  if (ownership.kind !== "none") return { fault: ownership.kind };
  if (at < end.time - SLACK_NS) return { fault: `${ownership.reason}, but it lives` };
  return ownership.lastOwner === undefined ? {} : { pid: ownership.lastOwner.pid };
}
