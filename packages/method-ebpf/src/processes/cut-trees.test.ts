import type { Process } from "@procmon/core";
import { expect, it } from "vitest";
import { createTreeMender } from "./cut-trees.ts";
import { createProcessTable } from "./process-table.ts";
import { ancestorOf } from "./process-tree.ts";

function living(pid: number, ...above: readonly Process[]): Process {
  const process: Process = { pid, ppid: above[0]?.pid ?? 0, startTime: BigInt(pid), comm: `c${pid}` };
  return { ...process, tree: [process, ...above].map(ancestorOf) };
}

function mendedPids(known: readonly Process[], listed: readonly Process[]): (readonly number[])[] {
  const table = createProcessTable();
  for (const process of known) table.set(process);
  const mend = createTreeMender(table, listed);
  const mended = known
    .map((process) => [process, mend(process)] as const)
    .filter(([before, after]) => after !== before);
  return mended.map(([, { tree = [] }]) => tree.map(({ pid }) => pid));
}

const [init, shell] = [living(1), living(2, living(1))];

it("takes the ancestry of the list where that goes on from what is known", () => {
  expect(
    mendedPids([living(3), living(4, living(3))], [init, living(3, shell, init), living(4, living(3), shell, init)]),
  ).toEqual([
    [3, 2, 1],
    [4, 3, 2, 1],
  ]);
});

it("goes on where somebody was born after the list was made", () => {
  const parent = living(3, shell, init);
  const bornOfKnown = living(5, living(3));
  const bornOfUnknown = { ...living(6), ppid: 3 };
  const grandchild = living(7, bornOfUnknown);
  expect(mendedPids([living(3), bornOfKnown, bornOfUnknown, grandchild], [parent])).toEqual([
    [3, 2, 1],
    [5, 3, 2, 1],
    [6, 3, 2, 1],
    [7, 6, 3, 2, 1],
  ]);
});

it("takes nobody for a parent who has ended, or is younger", () => {
  const orphan = { ...living(6), ppid: 3 };
  expect(mendedPids([orphan], [living(3, shell, init)])).toEqual([]);
  const younger = { ...living(3, shell, init), startTime: 9n };
  expect(mendedPids([orphan, younger], [younger])).toEqual([]);
});

it("goes round no circle", () => {
  const [one, two] = [living(3, living(4)), living(4, living(3))];
  for (const pids of mendedPids([one, two], [one, two])) expect(pids.length).toBeLessThan(1000);
});

it("leaves what is whole, or tells of another parent", () => {
  expect(mendedPids([living(3, shell, init)], [living(3, shell, init)])).toEqual([]);
  expect(mendedPids([living(3, living(9))], [living(3, init)])).toEqual([]);
  expect(mendedPids([living(3, living(9))], [living(3, shell, init)])).toEqual([]);
});

it("takes no process that has only the pid", () => {
  const other = { ...living(3), startTime: 77n, tree: [{ pid: 3, startTime: 77n }] };
  expect(mendedPids([other], [living(3, shell, init)])).toEqual([]);
});
