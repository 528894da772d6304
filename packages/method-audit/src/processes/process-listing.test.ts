import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { createScene, type Scene } from "./processes.test-kit.ts";

function realScene(): Scene {
  return createScene({ isReal: true });
}

it("knows every living process with arguments and ancestors, and tells nothing", async () => {
  const { tracker, events, host } = realScene();
  await tracker.start();
  const self = tracker.find(process.pid);
  expect(self).toMatchObject({ pid: process.pid, ppid: process.ppid, uid: process.geteuid?.() });
  expect(self?.args?.length).toBeGreaterThan(0);
  expect(self?.tree?.slice(0, 2).map(({ pid }) => pid)).toEqual([process.pid, process.ppid]);
  expect(self?.tree?.at(-1)?.pid).toBe(1);
  expect(host.processes.getByPid(process.pid)).toBe(self);
  expect(events).toEqual([]);
});

it("lets the event loop turn meanwhile", async () => {
  const children = Array.from({ length: 20 }, () => spawn("/bin/sleep", ["1000"]));
  try {
    await Promise.all(children.map((child) => once(child, "spawn")));
    const { tracker } = realScene();
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    await tracker.start();
    isDone = true;
    expect(turns).toBeGreaterThan(1);
    for (const { pid = 0 } of children) expect(tracker.find(pid)?.pid).toBe(pid);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => once(child, "close")));
  }
});

it("says where there is no procfs", async () => {
  const { tracker } = createScene({ procfs: { root: "/nowhere" } });
  await expect(tracker.start()).rejects.toMatchObject({ code: "PROCFS_UNAVAILABLE" });
});
