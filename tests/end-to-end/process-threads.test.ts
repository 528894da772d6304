import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { faultsOfChild, findFaults } from "./support/check-storm.ts";
import { expectConnector } from "./support/connector.ts";
import { recordEvents } from "./support/event-record.ts";
import { needs } from "./support/needs.ts";
import { startMonitor } from "./support/start-monitor.ts";
import { makeStorm } from "./support/storm.ts";

needs("root", "cc");

const program = fixturePath("thread-storm");
const image = (...args: readonly (string | number)[]) => ({ path: program, args: [program, ...args.map(String)] });

test("threads are no processes: nothing is told of them", async () => {
  await using monitor = await startMonitor();
  const record = recordEvents(monitor);
  const args = [400, 2, "threads", 16] as const;
  const storm = await makeStorm("thread-storm", args);
  await record.caughtUp();
  expectConnector(monitor);
  expect(storm.tids).toHaveLength(6400);
  expect(storm.tids.filter((tid) => record.of(tid).length > 0)).toEqual([]);
  expect(findFaults(record, storm, () => [image(...args)])).toEqual([]);
  expect(record.lost).toEqual([]);
});

test("an exec by another thread than the first is the process's, and none of its threads' ends is its end", async () => {
  await using monitor = await startMonitor();
  const record = recordEvents(monitor);
  const path = fixturePath("short-life");
  const args = [500, 2, "exec", path] as const;
  const storm = await makeStorm("thread-storm", args);
  await record.caughtUp();
  expectConnector(monitor);
  const images = (number: number) => [image(...args), { path, args: [path, `${number}`] }];
  expect(findFaults(record, storm, images)).toEqual([]);
  expect(record.lost).toEqual([]);
});

test("a process whose first thread ends lives on, and ends once", async () => {
  await using monitor = await startMonitor();
  const record = recordEvents(monitor);
  const args = [300, 2, "leader-exit"] as const;
  const storm = await makeStorm("thread-storm", args);
  await record.caughtUp();
  expectConnector(monitor);
  const faults = storm.pids.flatMap((pid, number) => {
    const events = record.of(pid);
    const end = events.at(-1);
    // The kernel tells how the first thread ended; how the last one did is not always known.
    const isUntold = end?.type === "exit" && end.exitCode === undefined && end.signal === undefined;
    const status = storm.statuses[number] ?? -1;
    const told = isUntold ? [...events.slice(0, -1), { ...end, exitCode: status >> 8 }] : events;
    return faultsOfChild(told, [image(...args)], status, storm.pid).map((fault) => `child ${number}: ${fault}`);
  });
  expect(faults).toEqual([]);
  expect(record.lost).toEqual([]);
});

test("no end is told of a process whose first thread has ended, until it ends itself", async () => {
  await using monitor = await startMonitor();
  const record = recordEvents(monitor);
  await using fixture = await spawnFixture("odd-threads", ["zombie-leader"]);
  await record.caughtUp();
  const typesOf = () => record.of(fixture.pid).map(({ type }) => type);
  expect(typesOf()).toEqual(["fork", "exec"]);
  expect(await monitor.findProcess(fixture.pid)).toMatchObject({ pid: fixture.pid });
  expect(monitor.processes.isEnded(record.of(fixture.pid)[0]?.process ?? { pid: 0, startTime: 0n })).toBe(false);
  await fixture.stop();
  await expect.poll(typesOf).toEqual(["fork", "exec", "exit"]);
  await record.caughtUp();
  expect(typesOf()).toEqual(["fork", "exec", "exit"]);
  expectConnector(monitor);
});
