import type { Process } from "@procmon/core";
import { expect, it } from "vitest";
import { createProcessTable } from "./process-table.ts";
import { treeBelow, treeOf, withTrees } from "./process-tree.ts";

const TICK_NS = 10_000_000n;

function started(pid: number, ppid: number, more: Partial<Process> = {}): Process {
  return { pid, ppid, startTime: BigInt(pid), comm: `c${pid}`, path: `/bin/${pid}`, ...more };
}

function pidsOf(tree: readonly { readonly pid: number }[] | undefined): number[] {
  return (tree ?? []).map(({ pid }) => pid);
}

it("takes the parent's ancestry as it is when the executable is started", () => {
  const table = createProcessTable();
  table.set(started(2, 1, { path: "/bin/new", tree: withTrees([started(1, 0), started(2, 1)])[1]?.tree ?? [] }));
  const tree = treeOf(started(3, 2), 2n * TICK_NS, undefined, table);
  expect(pidsOf(tree)).toEqual([3, 2, 1]);
});

it("keeps the ancestry of the fork where the parent has ended, and another one took the process in", () => {
  const table = createProcessTable();
  const parent = started(2, 1);
  table.set(started(1, 0));
  const before = { ...started(3, 2), tree: treeBelow(started(3, 2), parent) };
  expect(pidsOf(treeOf(started(3, 1), 1n * TICK_NS, before, table))).toEqual([3, 2]);
});

it("takes no process for a parent that only has its pid", () => {
  const table = createProcessTable();
  table.set(started(2, 1, { startTime: 77n }));
  expect(pidsOf(treeOf(started(3, 2), 2n * TICK_NS, undefined, table))).toEqual([3]);
});

it("has no more than 128 generations", () => {
  const chain = Array.from({ length: 300 }, (_, at) => started(at + 1, at));
  const listed = withTrees(chain);
  expect(listed.at(-1)?.tree?.length).toBeLessThanOrEqual(128);
  const last = listed.at(-1);
  expect(treeBelow(started(301, 300), last).length).toBeLessThanOrEqual(128);
});

it("goes round no circle of a list that was made while pids were given away", () => {
  const listed = withTrees([started(1, 2, { startTime: 5n }), started(2, 1, { startTime: 5n })]);
  for (const { tree } of listed) expect(tree?.length).toBeLessThanOrEqual(128);
});
