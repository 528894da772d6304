import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHolderIndex, type HeldSocketColumns } from "./holder-index.ts";

function held(pid: number, pairs: readonly (readonly [inode: number, fd: number])[]): HeldSocketColumns {
  const sockets = Float64Array.from(pairs.flat());
  return { pid, sockets, settle: () => ({ startTime: BigInt(pid * 10), sockets }) };
}

describe("createHolderIndex", () => {
  it("gives every holder, lowest pid first, and of each process the lowest descriptor", () => {
    const processes = [
      held(3, [
        [70, 9],
        [70, 4],
        [71, 70],
      ]),
      held(9, [[70, 5]]),
    ];
    const index = createHolderIndex(processes, new Map([[70, [{ pid: 5, startTime: 1n, fd: 8, tid: 6 }]]]));
    expect(index.get(70)).toEqual([
      { pid: 3, startTime: 30n, fd: 4 },
      { pid: 5, startTime: 1n, fd: 8, tid: 6 },
      { pid: 9, startTime: 90n, fd: 5 },
    ]);
    expect(index.get(71)).toEqual([{ pid: 3, startTime: 30n, fd: 70 }]);
    expect(index.has(4)).toBe(false);
    expect(index.get(4)).toBeUndefined();
  });

  it("tells of nobody who has ended, or does not hold it when looked at again", () => {
    const sockets = Float64Array.of(70, 4);
    const ended = { pid: 1, sockets, settle: () => undefined };
    const other = { pid: 2, sockets, settle: () => ({ startTime: 1n, sockets: Float64Array.of(71, 4) }) };
    const index = createHolderIndex([ended, other], new Map());
    expect(index.get(70)).toBeUndefined();
    expect([...index.keys()]).toEqual([71]);
  });

  it("is a map like any other", () => {
    const index = createHolderIndex([held(1, [[10, 3]])], new Map([[11, [{ pid: 2, startTime: 5n, fd: 1 }]]]));
    expect(index.size).toBe(2);
    expect([...index.keys()]).toEqual([10, 11]);
    expect([...index]).toEqual([...index.entries()]);
    expect([...index.values()].flat().map((holder) => holder.pid)).toEqual([1, 2]);
    const seen: number[] = [];
    index.forEach((_, inode) => {
      seen.push(inode);
    });
    expect(seen).toEqual([10, 11]);
  });

  it("answers alike, whether few or many were asked for", () => {
    const pair = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(fc.array(fc.array(pair, { maxLength: 10 }), { maxLength: 6 }), (processes) => {
        const columns = processes.map((pairs, at) => held(at + 1, pairs));
        const few = createHolderIndex(columns, new Map());
        const many = createHolderIndex(columns, new Map());
        for (let inode = 0; inode < 100; inode++) many.get(inode);
        for (let inode = 0; inode < 31; inode++) expect(few.get(inode)).toEqual(many.get(inode));
      }),
    );
  });
});
