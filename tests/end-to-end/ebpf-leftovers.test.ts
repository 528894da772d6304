import { readdirSync, readFileSync } from "node:fs";
import { createMonitor } from "@procmon/core";
import { spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { type BpfObjects, expectGone, heldBpf, stillThere } from "./support/bpf-objects.ts";
import { logEvents } from "./support/event-log.ts";
import { needs } from "./support/needs.ts";
import { startMonitor } from "./support/start-monitor.ts";
import { makeStorm } from "./support/storm.ts";
import { startWatchingMonitor, type WatchingMonitor } from "./support/watching-monitor.ts";

needs("ebpf");

const CGROUPS = /^\S+ (\S+) cgroup2 /m.exec(readFileSync("/proc/mounts", "latin1"))?.[1] ?? "";

/** What a process that watches has in the kernel: it would be no test if that were nothing. */
function holdings(pid: number): BpfObjects {
  const held = heldBpf(pid);
  for (const ids of Object.values(held)) expect(ids.length).toBeGreaterThan(5);
  expect(stillThere(held)).toEqual(held);
  return held;
}

const mounts = () => readFileSync("/proc/self/mountinfo", "latin1");
const threads = () => readdirSync("/proc/self/task").length;
const descriptors = () => readdirSync("/proc/self/fd").length;

/** Libuv and vitest may have begun threads and descriptors of their own meanwhile: once is enough for these. */
async function startAndStop(): Promise<void> {
  const monitor = await startMonitor({}, "ebpf");
  await monitor.stop();
}

describe("nothing stays in the kernel", () => {
  test("after a stop, nor in this process", async () => {
    await startAndStop();
    const before = { mounts: mounts(), threads: threads(), descriptors: descriptors(), held: heldBpf(process.pid) };
    const monitor = await startMonitor({}, "ebpf");
    const log = logEvents(monitor);
    const held = holdings(process.pid);
    await makeStorm("storm", [500, 2, "fork"]);
    await log.caughtUp();
    expect(threads()).toBeGreaterThan(before.threads);
    await monitor.stop();
    const after = { mounts: mounts(), threads: threads(), descriptors: descriptors(), held: heldBpf(process.pid) };
    expect(after).toEqual(before);
    await expectGone(held);
  });

  test.each(["killed", "broken by an error", "stopped in time"])("of a monitor that is %s", async (how) => {
    await using watching = await startWatchingMonitor();
    const held = holdings(watching.pid);
    const storm = makeStorm("storm", [3000, 2, "fork"]);
    await end(watching, how);
    await expectGone(held);
    await storm;
  });

  async function end(watching: WatchingMonitor, how: string): Promise<void> {
    if (how === "killed") watching.kill("SIGKILL");
    else await watching.ask(how === "stopped in time" ? "stop" : "crash");
    if (how === "stopped in time") return;
    await watching.exited;
    expect(watching.complaints().includes("as the test wants it")).toBe(how !== "killed");
  }

  test("of one that could not start", async () => {
    const before = heldBpf(process.pid);
    const monitor = createMonitor({ methods: ["ebpf"], strict: true, from: import.meta.dirname });
    const starting = monitor.start().catch(() => undefined);
    await monitor.stop();
    await starting;
    expect(heldBpf(process.pid)).toEqual(before);
  });
});

test("twenty times started and stopped, a process has no more descriptors, threads or memory", async () => {
  await startAndStop();
  await startAndStop();
  const before = { threads: threads(), descriptors: descriptors(), mounts: mounts() };
  const memory = process.memoryUsage.rss();
  for (let i = 0; i < 20; i++) await startAndStop();
  expect({ threads: threads(), descriptors: descriptors(), mounts: mounts() }).toEqual(before);
  const grown = process.memoryUsage.rss() - memory;
  expect(grown).toBeLessThan(64 * 1024 * 1024);
});

test("two monitors both see everything, and one goes on when the other is killed", async () => {
  await using killed = await startWatchingMonitor();
  const monitor = await startMonitor({}, "ebpf");
  try {
    const log = logEvents(monitor);
    const forksOf = (pids: readonly number[]) =>
      pids.filter((pid) => log.of(pid).some(({ type }) => type === "fork")).length;
    const first = await makeStorm("storm", [1000, 2, "fork"]);
    await log.caughtUp();
    expect(forksOf(first.pids)).toBe(1000);
    await expect
      .poll(async () => (await killed.ask("counts")).delivered.fork, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(1000);
    killed.kill("SIGKILL");
    await killed.exited;
    const second = await makeStorm("storm", [1000, 2, "fork"]);
    await log.caughtUp();
    expect(forksOf(second.pids)).toBe(1000);
    expect(log.lost).toEqual([]);
  } finally {
    await monitor.stop();
  }
});

interface CgroupPrograms {
  readonly pid: number;
  readonly program: number;
  readonly attached: readonly number[];
}

test("programs of others stay at the cgroup, whether they came before or after", async () => {
  const attached = async (other: { tell(): void; next(): Promise<CgroupPrograms> }) => {
    other.tell();
    return (await other.next()).attached;
  };
  await using earlier = await spawnFixture<CgroupPrograms>("cgroup-program", [CGROUPS]);
  await using watching = await startWatchingMonitor();
  const ours = holdings(watching.pid);
  await using later = await spawnFixture<CgroupPrograms>("cgroup-program", [CGROUPS]);
  const theirs = [earlier.ready.program, later.ready.program];
  const during = await attached(earlier);
  expect(during).toEqual(expect.arrayContaining(theirs));
  expect(during.some((id) => ours.programs.includes(id))).toBe(true);
  watching.kill("SIGKILL");
  await watching.exited;
  await expectGone(ours);
  const after = await attached(earlier);
  expect(after).toEqual(expect.arrayContaining(theirs));
  expect(after.some((id) => ours.programs.includes(id))).toBe(false);
});
