import { spawn } from "node:child_process";
import { once } from "node:events";
import { DEFAULT_PROCFS, readStat } from "@procmon/core";
import { expect, it } from "vitest";
import {
  at,
  connect,
  createFakeProcfs,
  createScene,
  exec,
  exit,
  fork,
  PARENT,
  PID,
  stat,
} from "./processes.test-kit.ts";

it("finds what has ended without a record, and tells it at the next sweep only", () => {
  const procfs = createFakeProcfs();
  procfs.put(PID, { start: 499 });
  const { tracker, told, events, setNow } = createScene({ procfs });
  tracker.apply(exec(500), { stat: stat(499) });
  tracker.sweep();
  tracker.sweep();
  procfs.remove(PID);
  setNow(1100);
  tracker.sweep();
  expect(told()).toEqual([`exec ${PID}@499 /bin/x`]);
  setNow(1200);
  tracker.sweep();
  tracker.sweep();
  expect(told()).toEqual([`exec ${PID}@499 /bin/x`, `exit ${PID}@499 /bin/x`]);
  expect(events.at(-1)).toMatchObject({ time: at(1100) });
  expect(events.at(-1)).not.toHaveProperty("exitCode");
  expect(tracker.stats()).toMatchObject({ missedExits: 1, processes: 0, endedProcesses: 1 });
});

it("leaves the end to the record, where that comes meanwhile", () => {
  const { tracker, told } = createScene();
  tracker.apply(exec(500), { stat: stat(499) });
  tracker.sweep();
  tracker.apply(connect(501));
  tracker.sweep();
  tracker.apply(exit(502, {}, 5));
  tracker.sweep();
  expect(told()).toEqual([`exec ${PID}@499 /bin/x`, `exit ${PID}@499 /bin/x 5`]);
});

it("finds zombies, and pids that another process has", () => {
  const procfs = createFakeProcfs();
  procfs.put(PID, { start: 499 });
  procfs.put(PARENT, { start: 300 });
  const { tracker, told } = createScene({ procfs });
  tracker.apply(exec(500), { stat: stat(499) });
  tracker.apply(exec(500, { pid: PARENT, exe: "/bin/p" }), { stat: stat(300, { pid: PARENT }) });
  procfs.put(PID, { start: 499, state: "Z" });
  procfs.put(PARENT, { start: 800 });
  for (let sweep = 0; sweep < 4; sweep++) tracker.sweep();
  expect(told().slice(2)).toEqual([`exit ${PID}@499 /bin/x`, `exit ${PARENT}@300 /bin/p`]);
});

it("forgets what has ended once no record can come", () => {
  const procfs = createFakeProcfs();
  const { tracker, setNow } = createScene({ procfs });
  tracker.apply(exec(500), { stat: stat(499) });
  tracker.apply(exit(1000), { stat: stat(499) });
  procfs.put(PID, { start: 499, state: "Z" });
  setNow(3000);
  tracker.sweep();
  expect(tracker.stats()).toMatchObject({ endedProcesses: 1 });
  procfs.remove(PID);
  tracker.sweep();
  expect(tracker.stats()).toMatchObject({ endedProcesses: 0 });
});

it("tells of a child that a signal ended before it left any record", () => {
  const procfs = createFakeProcfs();
  procfs.put(PARENT, { start: 300 });
  const { tracker, told, setNow } = createScene({ procfs });
  tracker.apply(exec(400, { pid: PARENT, exe: "/bin/sh" }), { stat: stat(300, { pid: PARENT }) });
  tracker.apply(fork(500, { pid: PARENT, exe: "/bin/sh" }, PID));
  tracker.sweep();
  expect(told().length).toBe(1);
  setNow(1400);
  for (let sweep = 0; sweep < 3; sweep++) tracker.sweep();
  expect(told().slice(1)).toEqual([`fork ${PID}@500 /bin/sh`, `exit ${PID}@500 /bin/sh`]);
});

it("never throws, also without a procfs", () => {
  const { tracker, told } = createScene({ procfs: { root: "/nowhere" } });
  tracker.apply(exec(500), { stat: stat(499) });
  for (let sweep = 0; sweep < 3; sweep++) tracker.sweep();
  expect(told().length).toBe(1);
});

it("finds that a real process was killed", async () => {
  const { tracker, events } = createScene({ isReal: true });
  const child = spawn("/bin/sleep", ["1000"]);
  await once(child, "spawn");
  await tracker.start();
  const { pid = 0 } = child;
  const read = readStat(DEFAULT_PROCFS, pid);
  expect(tracker.find(pid)).toMatchObject({ pid, startTime: read.ok && read.value.startTime });
  child.kill("SIGKILL");
  await once(child, "close");
  tracker.sweep();
  tracker.sweep();
  expect(tracker.find(pid)).toBeUndefined();
  expect(events.filter((event) => event.type === "exit" && event.process.pid === pid).length).toBe(1);
});
