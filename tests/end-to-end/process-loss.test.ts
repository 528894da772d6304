import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_PROCFS, readStat } from "@procmon/core";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { expectConnector } from "./support/connector.ts";
import { recordEvents, runMarker } from "./support/event-record.ts";
import { needs } from "./support/needs.ts";
import { connectorSockets, connectorSocketsOf } from "./support/netlink-sockets.ts";
import { startMonitor } from "./support/start-monitor.ts";
import { makeStorm } from "./support/storm.ts";
import type { WatchedEvent } from "./support/watch-processes.ts";
import { startWatchingProcess, type WatchingProcess } from "./support/watching-process.ts";

needs("root", "cc");

interface KernelEvents {
  readonly pid: number;
  readonly overruns: number;
  readonly events: readonly (readonly [type: string, pid: number, at: number])[];
}

/** What is made up for a loss is told with the time when that was noticed, and that is more than these milliseconds later. */
const CLOSE_MS = 50;

function startTimeOf(pid: number): string {
  const stat = readStat(DEFAULT_PROCFS, pid);
  return stat.ok ? String(stat.value.startTime) : stat.failure;
}

/** Twice as many events, and the kernel holds 40,000. With all else they are fewer than there are pids, so that none is used twice. */
const FORKS = 23_000;

/** Runs a process to its end until one is told of: while the reader catches up, the kernel may drop all of one. */
async function runTold(watching: WatchingProcess): Promise<number> {
  for (;;) {
    const since = Date.now();
    const pid = await runMarker();
    for (let look = 0; look < 20; look++) {
      if (watching.hasExited(pid, since)) return pid;
      await sleep(100);
    }
  }
}

test("what a monitor that stood still has missed is counted whole, and what lives is known afterwards", async () => {
  await using kernel = await spawnFixture<KernelEvents>("list-process-events", [], { timeoutMs: 55_000 });
  await using watching = await startWatchingProcess();
  await using dying = await spawnFixture("odd-process", ["wait"]);
  const first = await runMarker();
  await watching.exitOf(first);
  watching.kill("SIGSTOP");
  const stoppedAt = Date.now();
  const dyingStart = startTimeOf(dying.pid);
  const storm = await makeStorm("storm", [FORKS, 2, "fork"]);
  await using born = await spawnFixture("odd-process", ["wait", "born"]);
  await dying.stop();
  await sleep(10 * CLOSE_MS);
  watching.kill("SIGCONT");
  // While the reader catches up, the kernel still drops.
  await makeStorm("storm", [2000, 2, "fork"]);
  const lost = () => watching.events.filter(({ type }) => type === "lost");
  await expect.poll(() => lost().length, { timeout: 30_000 }).toBeGreaterThan(0);
  await watching.exitOf(dying.pid, stoppedAt);
  const last = await runTold(watching);

  // The living and the dead are as if nothing had been missed.
  const typesOf = (pid: number, start: string) =>
    watching.events.filter((event) => event.pid === pid && event.startTime === start).map(({ type }) => type);
  expect(typesOf(dying.pid, dyingStart)).toEqual(["fork", "exec", "exit"]);
  expect(typesOf(born.pid, startTimeOf(born.pid)).at(-1)).toBe("exec");
  expect((await watching.ask(`find ${born.pid}`)).found).toEqual({ pid: born.pid, path: fixturePath("odd-process") });
  expect((await watching.ask("stats")).methodStats).toMatchObject({ connector: 1 });

  // Produced = delivered + lost.
  kernel.tell(`${first} ${last}`);
  const { events, overruns } = await kernel.next();
  expect(overruns).toBe(0);
  expect(events.filter(([type]) => type === "fork").length).toBeGreaterThan(storm.pids.length);
  const told = new Map<string, number[]>();
  for (const [type, pid, at] of events) told.set(`${type} ${pid}`, [...(told.get(`${type} ${pid}`) ?? []), at]);
  const isFromKernel = ({ type, pid, at = 0 }: WatchedEvent) =>
    told.get(`${type} ${pid}`)?.some((time) => Math.abs(time - at) < CLOSE_MS) === true;
  const isExitOf =
    (pid: number) =>
    (event: WatchedEvent): boolean =>
      event.type === "exit" && event.pid === pid;
  const from = watching.events.findIndex(isExitOf(first)) + 1;
  const between = watching.events.slice(from, watching.events.findLastIndex(isExitOf(last)) + 1);
  const delivered = between.filter(isFromKernel).length;
  // What was made up may stand for an event that comes too late to be told, or for one that is told as lost. A new name or id is no
  // event, nor is the end of a thread; where the kernel could not tell of it, it is among what was missed.
  const madeUp = between.filter(({ type }) => type !== "lost").length - delivered;
  const asides = events.filter(([type]) => type === "change" || type === "thread").length;
  expect(madeUp).toBeLessThan(50);
  const accounted = () => delivered + lost().reduce((sum, { count = 0 }) => sum + count, 0);
  // A loss may be told a moment after what came later.
  await expect.poll(accounted, { timeout: 10_000 }).toBeGreaterThanOrEqual(events.length - asides - madeUp);
  const counted = accounted();
  // Until all that waited had been read the kernel dropped what came later, too: that is in the account, and not in the list.
  kernel.tell(`${last} ${await runMarker()}`);
  const { events: later } = await kernel.next();
  expect(counted).toBeLessThanOrEqual(events.length + later.length + madeUp);
});

test("a monitor that is killed leaves no socket behind", async () => {
  await using watching = await startWatchingProcess();
  const held = connectorSocketsOf(watching.pid);
  expect(held.length).toBeGreaterThan(0);
  await makeStorm("storm", [500, 2, "fork"]);
  watching.kill("SIGKILL");
  await expect.poll(() => held.filter((inode) => connectorSockets().has(inode))).toEqual([]);
});

test("a monitor that is stopped during a storm leaves no socket behind", async () => {
  const monitor = await startMonitor();
  recordEvents(monitor);
  const storm = makeStorm("storm", [3000, 2, "fork"]);
  await expect.poll(() => connectorSocketsOf(process.pid).length).toBeGreaterThan(0);
  expectConnector(monitor);
  await monitor.stop();
  expect(connectorSocketsOf(process.pid)).toEqual([]);
  await storm;
});
