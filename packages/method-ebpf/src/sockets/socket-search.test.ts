import { expect, it } from "vitest";
import { holderRecordBytes, joinBytes } from "../records/record-bytes.test-kit.ts";
import type { SocketList } from "./socket-list.ts";
import { createSocketSearch } from "./socket-search.ts";

/** An iterator whose runs the test ends, each with one socket whose inode is the run's number. */
function controlledRuns() {
  const ends: ((error?: Error) => void)[] = [];
  const run = () =>
    new Promise<Uint8Array>((resolve, reject) => {
      const inode = ends.length + 1;
      const bytes = joinBytes([holderRecordBytes({ pid: 1, inode, state: 1 })]);
      ends.push((error) => (error ? reject(error) : resolve(bytes)));
    });
  return { ends, run };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it("gives a list that was begun after the call, and shares it among all who wait", async () => {
  const { ends, run } = controlledRuns();
  let clock = 0n;
  const told: [number, bigint][] = [];
  const search = createSocketSearch(
    run,
    () => ++clock,
    (list, began) => told.push([list.byInode.size, began]),
  );
  const first = search.search();
  const second = search.search();
  const third = search.search();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  expect([...(await first).byInode.keys()]).toEqual([1]);
  await turn();
  expect(ends).toHaveLength(2);
  const fourth = search.search();
  ends[1]?.();
  expect([...(await second).byInode.keys()]).toEqual([2]);
  expect(await third).toBe(await second);
  await turn();
  ends[2]?.();
  expect([...(await fourth).byInode.keys()]).toEqual([3]);
  expect(search.runs).toBe(3);
  expect(told).toEqual([
    [1, 1n],
    [1, 2n],
    [1, 3n],
  ]);
});

it("goes on after a run that failed", async () => {
  const { ends, run } = controlledRuns();
  const search = createSocketSearch(run, () => 0n);
  const first = search.search();
  const second = search.search();
  ends[0]?.(new Error("no memory"));
  await expect(first).rejects.toThrow("no memory");
  await turn();
  ends[1]?.();
  expect((await second).byInode.has(2)).toBe(true);
});

it("seeds with no more than what several processes hold", async () => {
  const records = [
    { pid: 1, inode: 5, state: 1, ends: { netns: 3 } },
    { pid: 1, inode: 6, state: 1, ends: { netns: 3 } },
    { pid: 1, inode: 6, fd: 2, state: 1, ends: { netns: 3 } },
    { pid: 2, inode: 5, state: 1, ends: { netns: 3 } },
    { pid: 2, inode: 7, state: 1, ends: { netns: 4 } },
  ];
  const told: SocketList[] = [];
  const bytes = joinBytes(records.map(holderRecordBytes));
  const search = createSocketSearch(
    async () => bytes,
    () => 0n,
    (list) => told.push(list),
  );
  await search.seed();
  expect(told.map(({ byInode }) => [...byInode.keys()])).toEqual([[5]]);
  expect(told[0]?.byInode.get(5)?.holders.map(({ pid }) => pid)).toEqual([1, 2]);
  expect(told[0]?.namespaces).toEqual(
    new Map([
      [3, new Set([1, 2])],
      [4, new Set([2])],
    ]),
  );
  expect((await search.search()).byInode.size).toBe(3);
});
