import { expect, it } from "vitest";
import { formatNestedJson } from "./tree-json.ts";

interface Node {
  readonly pid?: number;
  readonly startTime?: bigint;
  readonly children: readonly Node[];
}

it("writes the same as JSON.stringify", () => {
  const roots: readonly Node[] = [
    {
      pid: 1,
      startTime: 5n,
      children: [
        { pid: 2, children: [] },
        { pid: 3, children: [{ children: [] }] },
      ],
    },
    { pid: 4, children: [] },
  ];
  expect(formatNestedJson(roots)).toBe(
    JSON.stringify(roots, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value)),
  );
  expect(formatNestedJson([])).toBe("[]");
});

it("does not overflow the stack", () => {
  let node: Node = { pid: 0, children: [] };
  for (let pid = 1; pid < 20_000; pid++) node = { pid, children: [node] };
  let depth = 0;
  for (let [at] = JSON.parse(formatNestedJson([node])) as Node[]; at !== undefined; at = at.children[0]) depth++;
  expect(depth).toBe(20_000);
});
