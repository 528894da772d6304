import type { Process } from "@procmon/core";
import { expect, it } from "vitest";
import { createProcessTable, type ProcessTable } from "./process-table.ts";
import { type TrackedProcess, trackedProcess } from "./tracked-process.ts";

function add(table: ProcessTable, pid: number, facts: Partial<Process> = {}): TrackedProcess {
  const tracked = trackedProcess({ process: { pid, startTime: 1n, ppid: 1, comm: "x", ...facts }, knownSince: 0n });
  table.add(tracked);
  return tracked;
}

it("holds no more than it may: those that ended make room first", () => {
  const table = createProcessTable({ capacity: 3 });
  add(table, 1);
  const second = add(table, 2);
  add(table, 3);
  table.end(second, 5n);
  add(table, 4);
  expect([1, 2, 3, 4].map((pid) => table.living(pid)?.pid)).toEqual([1, undefined, 3, 4]);
  expect(table.ended(2)).toBeUndefined();
  add(table, 5);
  expect(table.living(1)).toBeUndefined();
  expect([table.size, table.endedSize]).toEqual([3, 0]);
});

it("cuts long arguments where there is little room", () => {
  const table = createProcessTable({ maxBytes: 100_000 });
  const args = Array.from({ length: 1000 }, () => "y".repeat(100));
  const whole = add(table, 1, { args });
  expect(whole.process.args).toBe(args);
  expect(add(table, 2, { args }).process).toMatchObject({ argsTruncated: true, argsTotal: 1000 });
  table.end(whole, 5n);
  table.forget(whole);
  expect(add(table, 3, { args }).process.args).toBe(args);
});

it("finds by identity, also what has ended", () => {
  const table = createProcessTable();
  const first = add(table, 1);
  table.end(first, 5n);
  const second = add(table, 1, { startTime: 2n });
  expect(table.find({ pid: 1, startTime: 1n })).toBe(first);
  expect(table.find({ pid: 1, startTime: 2n })).toBe(second);
  expect(table.find({ pid: 1, startTime: 3n })).toBeUndefined();
  table.end(second, 6n);
  expect(table.find({ pid: 1, startTime: 1n })).toBeUndefined();
  table.revive(second);
  expect(table.living(1)).toBe(second);
  expect(second.endedAt).toBeUndefined();
});
