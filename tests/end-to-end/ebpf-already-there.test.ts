import { spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import type { Readable } from "node:stream";
import { createMonitor, type Monitor } from "@procmon/core";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { expect, onTestFinished, test } from "vitest";
import { type EventLog, logEvents } from "./support/event-log.ts";
import { needs } from "./support/needs.ts";
import { between, type MadeSocket, unconnected } from "./support/sockets.ts";
import { startMonitor } from "./support/start-monitor.ts";
import type { Storm } from "./support/storm.ts";

needs("ebpf");

interface Load {
  readonly pid: number;
  readonly connections: readonly { readonly pid: number; readonly srcPort: number; readonly dstPort: number }[];
}

/** A process with a listener, and a connection from itself to that. */
const spawnLoad = () => spawnFixture<Load>("load", ["2", "6"]);

async function start(): Promise<{ monitor: Monitor; log: EventLog }> {
  const monitor = await startMonitor({}, "ebpf");
  onTestFinished(() => monitor.stop());
  return { monitor, log: logEvents(monitor) };
}

test("processes and sockets that are there at the start are known at once", async () => {
  await using load = await spawnLoad();
  await using udp = await spawnFixture<MadeSocket>("open-socket", ["udp", "127.0.0.1", "0"]);
  const { monitor } = await start();
  const path = fixturePath("load");
  for (const { pid, srcPort, dstPort } of load.ready.connections) {
    const owned = { kind: "process", confidence: "exact", owners: [{ pid, path }] };
    const [near, far] = [["127.0.0.1", srcPort] as const, ["127.0.0.1", dstPort] as const];
    expect(await monitor.findOwner(unconnected("tcp", "127.0.0.1", dstPort))).toMatchObject(owned);
    expect(await monitor.findOwner(between("tcp", near, far))).toMatchObject(owned);
    expect(await monitor.findOwner(between("tcp", far, near))).toMatchObject(owned);
    const known = monitor.processes.getByPid(pid);
    expect(known).toMatchObject({ pid, ppid: load.pid, path, args: [path, "2", "6"], comm: "load" });
    expect(known?.tree?.slice(0, 3)).toMatchObject([{ pid, path }, { pid: load.pid, path }, { pid: process.pid }]);
    expect(known?.tree?.[2]?.path).toBe(realpathSync(process.execPath));
  }
  const owner = await monitor.findOwner(unconnected("udp", "127.0.0.1", udp.ready.port));
  expect(owner).toMatchObject({ kind: "process", owners: [{ pid: udp.pid, path: fixturePath("open-socket") }] });
});

test("a connection that was there at the start is told of when it ends, with its process", async () => {
  const load = await spawnLoad();
  const { log } = await start();
  await load.stop();
  await log.caughtUp();
  for (const { pid, srcPort, dstPort } of load.ready.connections) {
    const closes = log.of(pid).filter(({ type }) => type === "close");
    const ends = closes.map((event) =>
      "connection" in event ? [event.connection.srcPort, event.connection.dstPort] : [],
    );
    expect(ends.sort()).toEqual(
      [
        [srcPort, dstPort],
        [dstPort, srcPort],
        [dstPort, 0],
      ].sort(),
    );
    for (const { process } of closes) expect(process).toMatchObject({ pid, path: fixturePath("load"), ppid: load.pid });
  }
});

/** So many storms one after the other: the first ones are over before the monitor watches. */
const STORMS = 5;

test.each(["fork", "run"])("storms that go on across the start: all is told from some process on: %s", async (way) => {
  const program = fixturePath("short-life");
  const args = ["4000", "8", way, ...(way === "run" ? [program] : [])];
  await using storm = await spawnFixture<Storm>("storm", args, { timeoutMs: 50_000 });
  const monitor = createMonitor({ methods: ["ebpf"], strict: true, from: import.meta.dirname });
  onTestFinished(() => monitor.stop());
  const log = logEvents(monitor);
  for (let i = 0; i < STORMS; i++) storm.tell();
  await monitor.start();
  const startedAt = BigInt(Date.now()) * 1_000_000n;
  const pids: number[] = [];
  for (let i = 0; i < STORMS; i++) pids.push(...(await storm.next()).pids);
  await log.caughtUp();
  // Others may have the pid before or after.
  const eventsOf = (pid: number) => log.of(pid).filter((event) => event.process?.ppid === storm.pid);
  const typesOf = (pid: number) => eventsOf(pid).map(({ type }) => type);
  const first = pids.findIndex((pid) => typesOf(pid).includes("fork"));
  const told = pids.slice(first);
  expect(first).toBeGreaterThan(0);
  expect(told.length).toBeGreaterThan(100);
  const whole = way === "run" ? "fork,exec,exit" : "fork,exit";
  const faults = told.map((pid) => [pid, typesOf(pid).join()]).filter(([, types]) => types !== whole);
  expect(faults).toEqual([]);
  const path = fixturePath("storm");
  const later = told.map((pid) => eventsOf(pid)[0]).filter((event) => event !== undefined && event.time > startedAt);
  expect(later.length).toBeGreaterThan(0);
  for (const event of later)
    expect(event?.process?.tree?.slice(1, 3)).toMatchObject([{ pid: storm.pid, path }, { pid: process.pid }]);
  // Of those that were made before, some ended while somebody watched.
  const early = pids.slice(0, first).filter((pid) => typesOf(pid).length > 0);
  for (const pid of early) expect(whole.endsWith(typesOf(pid).join())).toBe(true);
  expect(log.lost).toEqual([]);
});

/** Children that a shell makes: they live on, and run another program, or none. */
const CHILDREN = [
  ["sleep 100 &", "/bin/sleep"],
  ["(read line <&3) &", "/bin/sh"],
] as const;
const BORN = 4000;

test.each(CHILDREN)("what begins while the monitor starts, and lives on, is known whole: %s", async (way, program) => {
  const script = `i=0; while [ $i -lt ${BORN} ]; do ${way} i=$((i+1)); done; echo; wait`;
  const shell = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit", "pipe"], detached: true });
  onTestFinished(() => void process.kill(-(shell.pid as number), "SIGKILL"));
  const monitor = createMonitor({ methods: ["ebpf"], strict: true, from: import.meta.dirname });
  onTestFinished(() => monitor.stop());
  const made = once(shell.stdio[1] as Readable, "data");
  await monitor.start();
  await made;
  const path = realpathSync(program);
  const args = program === "/bin/sh" ? ["sh", "-c", script] : ["sleep", "100"];
  const children = () => [...monitor.processes.values()].filter(({ ppid }) => ppid === shell.pid);
  // The last ones may still be on their way to their program.
  const running = () => children().filter((child) => child.path === path && isEqual(child.args, args));
  await expect.poll(() => running().length, { timeout: 10_000 }).toBe(BORN);
  for (const { pid, tree } of children()) {
    expect(tree?.slice(0, 3)).toMatchObject([
      { pid, path },
      { pid: shell.pid, path: realpathSync("/bin/sh") },
      { pid: process.pid },
    ]);
  }
});

const isEqual = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
