import { describe, expect, it } from "vitest";
import {
  at,
  connect,
  createFakeProcfs,
  createScene,
  exec,
  exit,
  type FakeProcfs,
  fork,
  PARENT,
  PID,
  type Scene,
  stat,
} from "./processes.test-kit.ts";

const shell = { pid: PARENT, exe: "/bin/sh", comm: "sh" };

/** A shell that lives, and children that it makes. */
function createFamily(nsPids: readonly number[] = [PARENT]): Scene & { procfs: FakeProcfs } {
  const procfs = createFakeProcfs();
  procfs.put(PARENT, { start: 300, comm: "sh", nsPids });
  const scene = createScene({ procfs });
  scene.tracker.apply(exec(400, { ...shell, ppid: 1 }), { stat: stat(300, { pid: PARENT }) });
  scene.events.length = 0;
  return { ...scene, procfs };
}

describe("a child that lives", () => {
  it("is what its parent was, below its parent", () => {
    const { tracker, procfs, events, told } = createFamily();
    procfs.put(PID, { start: 500, ppid: PARENT });
    const parent = tracker.apply(fork(500, { ...shell, comm: "worker" }, PID));
    expect(parent?.pid).toBe(PARENT);
    const child = tracker.find(PID);
    expect(events).toEqual([{ type: "fork", time: at(500), process: child }]);
    expect(child).toMatchObject({ pid: PID, startTime: 500n, ppid: PARENT, comm: "worker", path: "/bin/sh" });
    expect(child).toMatchObject({ args: parent?.args, tree: [{ pid: PID, path: "/bin/sh" }, { pid: PARENT }] });
    expect(child?.cwd).toBeUndefined();
    tracker.apply(exec(501), { stat: stat(500) });
    expect(told()).toEqual([`fork ${PID}@500 /bin/sh`, `exec ${PID}@500 /bin/x`]);
    expect(tracker.stats()).toMatchObject({ forks: 1, execs: 2, estimatedStarts: 0 });
  });

  it("takes the pid of one that ended without a record", () => {
    const { tracker, procfs, told } = createFamily();
    tracker.apply(exec(410), { stat: stat(405) });
    procfs.put(PID, { start: 500, ppid: PARENT });
    tracker.apply(fork(500, shell, PID));
    expect(told().slice(-2)).toEqual([`exit ${PID}@405 /bin/x`, `fork ${PID}@500 /bin/sh`]);
  });

  it("has another parent where the true one has ended", () => {
    const { tracker, procfs, told } = createFamily();
    procfs.put(PID, { start: 500, ppid: 1 });
    tracker.apply(fork(500, shell, PID, "untold"));
    expect(told()).toEqual([`fork ${PID}@500 /bin/sh`]);
  });
});

describe("a thread", () => {
  it("is no process, whether or not the record tells it", () => {
    const { tracker, procfs, events } = createFamily();
    procfs.put(PID, { start: 500, ppid: 1, tgid: PARENT });
    tracker.apply(fork(500, shell, PID, "untold"));
    tracker.apply(fork(500, shell, PID, true));
    expect(events).toEqual([]);
    expect(tracker.stats()).toMatchObject({ threads: 2, unresolvedForks: 0 });
    expect(tracker.hasForkedSince({ pid: PARENT, startTime: 300n }, at(450))).toBe(false);
    expect(tracker.lastForkAt({ pid: PARENT, startTime: 300n })).toBeUndefined();
  });

  it("that is gone is never told as a process", () => {
    const { tracker, events, setNow } = createFamily();
    tracker.apply(fork(500, shell, PID, "untold"));
    expect(tracker.stats()).toMatchObject({ pendingForks: 1 });
    setNow(2000);
    tracker.sweep();
    expect(events).toEqual([]);
    // Who can tell?
    expect(tracker.hasForkedSince({ pid: PARENT, startTime: 300n }, at(450))).toBe(true);
  });
});

describe("a child that is gone", () => {
  it("is told of when its first record comes, with its true start, before its exec", () => {
    const { tracker, told, events } = createFamily();
    tracker.apply(fork(500, shell, PID, "untold"));
    expect(events).toEqual([]);
    tracker.apply(exec(502), { stat: stat(501) });
    tracker.apply(exit(503, {}, 1), { stat: stat(501, { state: "Z" }) });
    expect(told()).toEqual([`fork ${PID}@501 /bin/sh`, `exec ${PID}@501 /bin/x`, `exit ${PID}@501 /bin/x 1`]);
    expect(events[0]?.time).toBe(at(500));
  });

  it("is what its parent was when it forked", () => {
    const { tracker, told } = createFamily();
    tracker.apply(fork(500, shell, PID));
    tracker.apply(exec(501, { ...shell, exe: "/bin/other" }), { stat: stat(300, { pid: PARENT }) });
    tracker.apply(exit(502, { exe: "/bin/sh" }), {});
    expect(told().slice(1)).toEqual([`fork ${PID}@500 /bin/sh`, `exit ${PID}@500 /bin/sh 0`]);
  });

  it("has ended the process that had its pid", () => {
    const { tracker, told } = createFamily();
    tracker.apply(exec(410), { stat: stat(405) });
    tracker.apply(fork(500, shell, PID));
    expect(told().at(-1)).toBe(`exit ${PID}@405 /bin/x`);
    // Without a reading, as of the plugin's source.
    expect(tracker.apply(exit(501, { exe: "/bin/sh" }))).toMatchObject({ startTime: 500n, path: "/bin/sh" });
  });
});

describe("a child whose records come before that of its parent", () => {
  it("is told of once, and first, as after vfork", async () => {
    const { tracker, told, procfs } = createFamily();
    await tracker.start();
    procfs.put(PID, { start: 1000, ppid: PARENT });
    tracker.apply(exec(1001), { stat: stat(1000) });
    tracker.apply(exit(1002), { stat: stat(1000) });
    tracker.apply(fork(1000, shell, PID));
    procfs.remove(PID);
    tracker.apply(fork(1000, shell, PID));
    expect(told()).toEqual([`fork ${PID}@1000 /bin/sh`, `exec ${PID}@1000 /bin/x`, `exit ${PID}@1000 /bin/x 0`]);
    expect(tracker.stats()).toMatchObject({ pendingForks: 0, forks: 1 });
  });

  it("is told of though the list has it already", async () => {
    const { tracker, told, procfs, host } = createFamily();
    procfs.put(PID, { start: 1000, ppid: PARENT, exe: "/bin/true", args: ["true"], comm: "true" });
    await tracker.start();
    tracker.apply(fork(1000, shell, PID));
    expect(told()).toEqual([`fork ${PID}@1000 /bin/sh`]);
    // It has run something since, which the list has.
    expect(tracker.find(PID)?.path).toMatch(/true|coreutils|busybox/);
    expect(host.processes.getByPid(PID)?.startTime).toBe(1000n);
  });
});

describe("a parent in a pid namespace of its own", () => {
  it("tells of other pids, which are not believed", async () => {
    const { tracker, told, procfs } = createFamily([PARENT, 12]);
    procfs.put(7, { start: 2 });
    tracker.apply(exec(410, { pid: 7, exe: "/bin/seven" }), { stat: stat(2, { pid: 7 }) });
    await tracker.start();
    tracker.apply(fork(1000, shell, 7));
    tracker.apply(fork(1000, shell, 13));
    expect(tracker.find(7)?.path).toBe("/bin/seven");
    expect(tracker.stats()).toMatchObject({ unresolvedForks: 2, pendingForks: 0 });
    tracker.apply(exec(1002), { stat: stat(1001) });
    expect(told().slice(-2)).toEqual([`fork ${PID}@1001 /bin/sh`, `exec ${PID}@1001 /bin/x`]);
  });
});

it("knows who has forked since", () => {
  const { tracker, procfs } = createFamily();
  const parent = { pid: PARENT, startTime: 300n };
  expect(tracker.hasForkedSince(parent, at(400))).toBe(false);
  expect(tracker.hasForkedSince(parent, at(399))).toBe(true);
  procfs.put(PID, { start: 500, ppid: PARENT });
  tracker.apply(fork(500, shell, PID));
  expect(tracker.lastForkAt(parent)).toBe(at(500));
  expect(tracker.hasForkedSince(parent, at(499))).toBe(true);
  expect(tracker.hasForkedSince(parent, at(501))).toBe(true);
  expect(tracker.hasForkedSince(parent, at(502))).toBe(false);
  expect(tracker.hasForkedSince({ pid: PID, startTime: 500n }, at(500))).toBe(false);
  expect(tracker.hasForkedSince({ pid: PARENT, startTime: 301n }, at(502))).toBe(true);
});

it("leaves absurd children alone", () => {
  const { tracker, events } = createFamily();
  for (const child of [0, -1, Number.NaN, 1.5, 2 ** 33]) tracker.apply(fork(500, shell, child));
  tracker.apply({ ...fork(500, shell, PID), errno: 11 });
  expect(events).toEqual([]);
  expect(tracker.stats()).toMatchObject({ unresolvedForks: 5, pendingForks: 0 });
  expect(tracker.apply(connect(501, shell))?.pid).toBe(PARENT);
});
