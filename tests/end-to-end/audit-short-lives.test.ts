import { createSocket } from "node:dgram";
import { once } from "node:events";
import { auditMethod, DEFAULT_ACTIVITIES } from "@procmon/method-audit";
import { spawnFixture, withAuditLock } from "@procmon-internal/fixtures";
import { expect, onTestFinished, test } from "vitest";
import { eventsOf, findLifeFaults, type LifeStory } from "./support/check-connect-storm.ts";
import { type ConnectStorm, connectStorm } from "./support/connect-storm.ts";
import { type EventLog, logEvents } from "./support/event-log.ts";
import { needs } from "./support/needs.ts";
import { startMonitor } from "./support/start-monitor.ts";

needs("audit", "namespaces");

const LIVES = 2000;

/** Records that the kernel holds: with too few, those who make them wait for its thread, and live longer than they would. */
const BACKLOG = 65_536;

/** Where the connections are: in a network namespace of their own there are no others. */
interface Target {
  readonly port: number;
  /** Steps of the fixture `enter`. */
  readonly enter: readonly string[];
}

async function listenTcp(): Promise<Target> {
  const server = await spawnFixture<{ pid: number; port: number }>("prefork-server", ["2"], { enter: ["net"] });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { port: server.ready.port, enter: [`join-net=${server.pid}`] };
}

async function listenUdp(): Promise<Target> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  onTestFinished(() => void socket.close());
  await once(socket, "listening");
  return { port: socket.address().port, enter: [] };
}

/** Makes a storm while a monitor watches, and waits until all of it is told. */
async function watchLives({ port, enter }: Target, options: readonly string[]) {
  const activities = [...DEFAULT_ACTIVITIES, "send"] as const;
  const monitor = await startMonitor({}, auditMethod({ enable: true, backlogLimit: BACKLOG, activities }));
  try {
    const log = logEvents(monitor);
    const storm = await connectStorm(LIVES, port, options, enter);
    await log.caughtUp();
    return { log, storm };
  } finally {
    await monitor.stop();
  }
}

/** Of how many the own port is told: it is in no record, so that it takes a look at the process, which may be gone by then. */
function countSources(log: EventLog, { lives, pid }: ConnectStorm): number {
  return lives.filter((life) =>
    eventsOf(log, life, pid).some((event) => "connection" in event && event.connection.srcPort === life.port),
  ).length;
}

async function check(target: Target, options: readonly string[], story: LifeStory): Promise<void> {
  await withAuditLock(async () => {
    const { log, storm } = await watchLives(target, options);
    expect(storm.lives).toHaveLength(LIVES);
    expect(log.lost).toEqual([]);
    expect(findLifeFaults(log, storm, { ...story, mayLackSource: true })).toEqual([]);
    expect(countSources(log, storm)).toBeGreaterThan(LIVES / 4);
  });
}

test.each([1, 8])("each connection of processes that live 1 to 3 ms, %i at once", async (jobs) => {
  const types = ["fork", "exec", "connect", "exit"] as const;
  await check(await listenTcp(), [`jobs=${jobs}`], { types, protocol: "tcp", execs: true });
});

test.each([1, 8])("each connection of processes that run nothing, %i at once", async (jobs) => {
  const types = ["fork", "connect", "exit"] as const;
  await check(await listenTcp(), ["fork", `jobs=${jobs}`], { types, protocol: "tcp", execs: false });
});

test.each([1, 8])("each datagram of processes that live 1 to 3 ms, %i at once", async (jobs) => {
  const types = ["fork", "exec", "flow", "exit"] as const;
  await check(await listenUdp(), ["udp", `jobs=${jobs}`], { types, protocol: "udp", execs: true });
});
