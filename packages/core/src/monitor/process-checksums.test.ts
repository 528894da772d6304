import { expect, test, vi } from "vitest";
import type { MonitorEvent } from "../event/monitor-event.ts";
import type { Checksums, Hasher } from "../plugin/hasher.ts";
import type { Process } from "../process/process.ts";
import { createProcessChecksums } from "./process-checksums.ts";

const PROCESS: Process = { pid: 7, startTime: 1n, ppid: 1, comm: "x", path: "/x" };
const EXEC: MonitorEvent = { type: "exec", time: 5n, method: "proc", process: PROCESS };

const silent = () => {};
const known = (status: Checksums["status"], checksums: Record<string, string> = {}) => ({ status, checksums });

function hasher(name: string, answer: () => Checksums | undefined): Hasher {
  return { kind: "hasher", specVersion: 1, name, algorithms: [], peek: vi.fn(answer), hash: async () => answer() };
}

function make(...hashers: Hasher[]) {
  const warn = vi.fn();
  const log = { debug: silent, info: silent, warn, error: silent };
  return { checksums: createProcessChecksums({ hashers, log, signal: new AbortController().signal }), warn };
}

test("what is known goes with the event; when it was executed is told of an exec only", () => {
  const one = hasher("one", () => known("ok", { a: "1" }));
  const { checksums } = make(one);
  expect(checksums.attach(EXEC)).toEqual({
    ...EXEC,
    process: { ...PROCESS, checksums: { a: "1" }, checksumStatus: "ok" },
  });
  checksums.attach({ ...EXEC, type: "exit" } as MonitorEvent);
  expect(vi.mocked(one.peek as () => unknown).mock.calls).toEqual([
    [PROCESS, 5n],
    [PROCESS, undefined],
  ]);
});

test("an event without a process stays itself, and a process of which no hasher knows as well", () => {
  const { checksums } = make(
    hasher("none", () => undefined),
    { ...hasher("no peek", () => undefined), peek: undefined as never },
  );
  const lost: MonitorEvent = { type: "lost", time: 1n, method: "proc", source: "ring", cause: "full", count: 1 };
  expect(checksums.attach(lost)).toBe(lost);
  expect(checksums.attach(EXEC)).toMatchObject({ process: PROCESS });
  expect(checksums.attach(EXEC)).not.toHaveProperty("process.checksumStatus");
});

test("several hashers are put together: what is pending is said first, then the first that has not all", async () => {
  const of = (...statuses: Checksums["status"][]) =>
    make(...statuses.map((status, at) => hasher(`${at}`, () => known(status, { [at]: status })))).checksums.settle(
      PROCESS,
    );
  expect(await of("ok", "denied")).toMatchObject({ checksumStatus: "denied", checksums: { 0: "ok", 1: "denied" } });
  expect(await of("gone", "denied")).toMatchObject({ checksumStatus: "gone" });
  expect(await of("denied", "pending", "ok")).toMatchObject({ checksumStatus: "pending" });
});

test("what a process was told of as before does not stick", async () => {
  const { checksums } = make(hasher("one", () => known("ok", { a: "1" })));
  const before: Process = { ...PROCESS, checksumStatus: "pending", checksums: {} };
  expect(await checksums.settle(before)).toMatchObject({ checksumStatus: "ok" });
});

test("a hasher that throws is told of in the log, and takes nothing from the others", async () => {
  const { checksums, warn } = make(
    hasher("bad", () => {
      throw new Error("provoked");
    }),
    hasher("good", () => known("ok", { a: "1" })),
  );
  const all = { checksumStatus: "failed", checksums: { a: "1" } };
  expect(checksums.attach(EXEC)).toMatchObject({ process: all });
  expect(await checksums.settle(PROCESS)).toMatchObject(all);
  expect(warn).toHaveBeenCalledTimes(2);
});
