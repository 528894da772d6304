import { expect, it } from "vitest";
import { drawTree, growTrees } from "./process-tree.ts";

interface Row {
  readonly pid: number;
  readonly ppid: number;
}
const grow = (rows: readonly Row[]) =>
  growTrees(
    rows,
    (row) => row.pid,
    (row) => row.ppid,
  );

it("draws children below their parent, and notes below their process", () => {
  const rows = [1, 2, 3, 4].map((pid) => ({ pid, ppid: [0, 0, 1, 1, 3][pid] as number }));
  const [root] = grow(rows);
  const lines = drawTree(
    root as NonNullable<typeof root>,
    (row) => String(row.pid),
    (row) => (row.pid === 3 ? ["tcp :22"] : []),
  );
  expect(lines).toEqual(["1", "├─ 2", "└─ 3", "   │  tcp :22", "   └─ 4"]);
});

it("makes a root of what has no parent here, and survives a process that is its own parent", () => {
  expect(
    grow([
      { pid: 5, ppid: 99 },
      { pid: 6, ppid: 6 },
    ]).map((node) => node.value.pid),
  ).toEqual([5, 6]);
});

it("does not hang on processes that are each other's parents", () => {
  expect(
    grow([
      { pid: 5, ppid: 6 },
      { pid: 6, ppid: 5 },
    ]),
  ).toEqual([]);
});

it("draws a chain deeper than the stack", () => {
  const depth = 20_000;
  const rows = Array.from({ length: depth }, (_, index) => ({ pid: index + 1, ppid: index }));
  const [root] = grow(rows);
  expect(root).toBeDefined();
  let count = 0;
  for (let node = root; node !== undefined; node = node.children[0]) count++;
  expect(count).toBe(depth);
});
