import { expect, test } from "vitest";
import { createInodeCache } from "../cache/inode-cache.ts";
import { createPidCache } from "../cache/pid-cache.ts";
import type { MonitorEvent } from "../event/monitor-event.ts";
import { createProcessStore } from "../process/process-store.ts";
import { createProcessRecorder } from "./process-recorder.ts";
import { fakeProcess } from "./testing/fake-method.ts";

const LATER = 1n << 62n;

function newRecorder(connectionCapacity = 100) {
  const processes = createProcessStore({ capacity: 100, graceMs: 0 });
  const inodes = createInodeCache({ capacity: 100 });
  const pids = createPidCache({ capacity: 100 });
  return { processes, inodes, pids, recorder: createProcessRecorder({ processes, inodes, pids, connectionCapacity }) };
}

function lifeEvent(type: "exec" | "fork" | "exit", time: bigint, pid: number, path = `/bin/p${pid}`): MonitorEvent {
  return { type, time, method: "m", process: fakeProcess(pid, { path }) };
}

function connectionEvent(
  type: "connect" | "accept" | "flow" | "close",
  srcPort: number,
  pids: readonly number[],
  more: { readonly error?: string } = {},
): MonitorEvent {
  const [first, ...others] = pids.map((pid) => ({ pid, startTime: BigInt(pid) }));
  return {
    type,
    time: 1n,
    method: "m",
    connection: { protocol: "tcp", srcIp: "127.0.0.1", srcPort, dstIp: "127.0.0.1", dstPort: 2, netns: 1 },
    ownership: first
      ? { kind: "process", confidence: "exact", via: "m", owners: [first, ...others] }
      : { kind: "none", reason: "unheld" },
    ...(first ? { process: fakeProcess(first.pid) } : {}),
    ...more,
  };
}

test("forks, execs and exits come into the store, in whatever order they are heard of", () => {
  const { processes, recorder } = newRecorder();
  recorder.record(lifeEvent("exit", 30n, 7, "/bin/curl"));
  recorder.record(lifeEvent("exec", 20n, 7, "/bin/curl"));
  recorder.record(lifeEvent("fork", 10n, 7, "/bin/sh"));
  expect(processes.getByPid(7)).toMatchObject({ path: "/bin/curl" });
  expect(processes.isEnded(fakeProcess(7))).toBe(true);
  expect(processes.getAt(fakeProcess(7), 15n)?.path).toBe("/bin/sh");
});

test("an exit empties the caches of the process, not those of a later one", () => {
  const { inodes, pids, recorder } = newRecorder();
  const owner = { pid: 7, startTime: 7n };
  inodes.set("key", { inode: 1, ownership: { kind: "process", confidence: "exact", via: "x", owners: [owner] } });
  pids.touch(owner);
  pids.touch({ pid: 8, startTime: 99n });
  recorder.record(lifeEvent("exit", 1n, 7));
  recorder.record(lifeEvent("exit", 1n, 8));
  expect(inodes.get("key")).toBeUndefined();
  expect(pids.recent()).toMatchObject([{ pid: 8, startTime: 99n }]);
});

test("an open connection keeps all its owners until it is closed", () => {
  const { processes, recorder } = newRecorder();
  recorder.record(lifeEvent("exec", 1n, 7));
  recorder.record(lifeEvent("exec", 1n, 8));
  recorder.record(connectionEvent("connect", 1, [7, 8]));
  recorder.record(connectionEvent("flow", 2, [7]));
  // Told once more, with one owner only.
  recorder.record(connectionEvent("accept", 1, [7]));
  recorder.record(lifeEvent("exit", 2n, 7));
  recorder.record(lifeEvent("exit", 2n, 8));
  expect(processes.sweep(LATER)).toBe(1);
  recorder.record(connectionEvent("close", 1, []));
  recorder.record(connectionEvent("close", 1, []));
  expect(processes.sweep(LATER)).toBe(0);
  recorder.record(connectionEvent("close", 2, []));
  expect(processes.sweep(LATER)).toBe(1);
});

test("a connect that failed keeps nothing, and one whose close is never heard of not for ever", () => {
  const { processes, recorder } = newRecorder(2);
  recorder.record(connectionEvent("connect", 1, [7], { error: "ECONNREFUSED" }));
  for (const port of [1, 2, 3]) recorder.record(connectionEvent("connect", port, [10 + port]));
  for (const pid of [11, 12, 13]) recorder.record(lifeEvent("exit", 2n, pid));
  expect(processes.sweep(LATER)).toBe(1);
  recorder.forgetConnections();
  expect(processes.sweep(LATER)).toBe(2);
  expect(processes.size).toBe(0);
});

test("a process first heard of by its connection is known from then on", () => {
  const { processes, recorder } = newRecorder();
  recorder.record(connectionEvent("connect", 1, [7]));
  expect(processes.getByPid(7)).toMatchObject({ pid: 7, path: "/bin/p7" });
});
