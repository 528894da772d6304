import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createInodeCache } from "../cache/inode-cache.ts";
import { createPidCache } from "../cache/pid-cache.ts";
import { createProcessStore } from "../process/process-store.ts";
import { DEFAULT_PROCFS, type Procfs } from "../procfs/procfs.ts";
import { readStartTime } from "../procfs/read-stat.ts";
import { createCacheSweep } from "./cache-sweep.ts";
import { createClock } from "./clock.ts";
import { createProcessRecorder } from "./process-recorder.ts";
import { fakeProcess } from "./testing/fake-method.ts";

function newCaches(procfs: Procfs = DEFAULT_PROCFS) {
  const clock = createClock();
  const processes = createProcessStore({ capacity: 1000, graceMs: 1000, clock });
  const inodes = createInodeCache({ capacity: 100 });
  const pids = createPidCache({ capacity: 100 });
  const { recordEnd } = createProcessRecorder({ processes, inodes, pids, connectionCapacity: 10 });
  const warnings: string[] = [];
  const log = { debug() {}, info() {}, warn: (message: string) => warnings.push(message), error() {} };
  const sweep = createCacheSweep({ procfs, processes, inodes, pids, clock, log, recordEnd });
  return { processes, inodes, pids, warnings, sweep };
}

const ownedBy = (pid: number) =>
  ({
    inode: 1,
    ownership: { kind: "process", confidence: "exact", via: "x", owners: [{ pid, startTime: 1n }] },
  }) as const;

test("ends a real process that died unseen, and keeps one that lives", async () => {
  const { processes, inodes, pids, sweep } = newCaches();
  const child = spawn("sleep", ["60"]);
  const pid = child.pid ?? 0;
  const identity = { pid, startTime: readStartTime(DEFAULT_PROCFS, pid) ?? 0n };
  const self = { pid: process.pid, startTime: readStartTime(DEFAULT_PROCFS, process.pid) ?? 0n };
  for (const each of [identity, self]) {
    processes.add(fakeProcess(each.pid, each));
    inodes.set(`${each.pid}`, ownedBy(each.pid));
    pids.touch(each);
  }
  sweep();
  expect(processes.isEnded(identity)).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  sweep();
  expect(processes.isEnded(identity)).toBe(true);
  expect(processes.isEnded(self)).toBe(false);
  expect(inodes.get(`${pid}`)).toBeUndefined();
  expect(inodes.get(`${process.pid}`)).toBeDefined();
  expect(pids.recent()).toMatchObject([self]);
  expect(processes.sweep(1n << 62n)).toBe(1);
});

test("ends a process whose pid another one has now", () => {
  const { processes, sweep } = newCaches();
  const former = { pid: process.pid, startTime: 1n };
  processes.add(fakeProcess(process.pid, former));
  sweep();
  expect(processes.isEnded(former)).toBe(true);
});

test("comes round to all start times, a few each time", () => {
  const root = mkdtempSync(join(tmpdir(), "procmon-sweep-"));
  try {
    const { processes, sweep } = newCaches({ root });
    for (let pid = 1; pid <= 600; pid++) {
      mkdirSync(join(root, `${pid}`));
      const rest = Array.from({ length: 30 }, () => "0");
      const fields = ["S", "1", ...rest.slice(0, 17), "999999", ...rest];
      writeFileSync(join(root, `${pid}/stat`), `${pid} (x) ${fields.join(" ")}\n`);
      processes.add(fakeProcess(pid));
    }
    const ended = () => [...processes.values()].filter((each) => processes.isEnded(each)).length;
    const counts = [1, 2, 3].map(() => {
      sweep();
      return ended();
    });
    expect(counts).toEqual([256, 512, 600]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("without /proc it only warns, and still drops what is over", () => {
  const { processes, warnings, sweep } = newCaches({ root: "/nowhere" });
  processes.add(fakeProcess(7), 1n);
  processes.end(fakeProcess(7), 2n);
  sweep();
  // Seen just now, so it stays for its grace time; nothing was ended for want of a list.
  processes.add(fakeProcess(8));
  sweep();
  expect(processes.isEnded(fakeProcess(8))).toBe(false);
  expect(processes.has(fakeProcess(7))).toBe(false);
  expect(warnings).toHaveLength(2);
});
