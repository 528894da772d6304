import { expect, it } from "vitest";
import { createJobQueue } from "./job-queue.ts";

const sizes = (...of: number[]) => of.map((size) => ({ size: BigInt(size) }));

it("takes the smallest first, and the oldest every fourth time", () => {
  const queue = createJobQueue<{ size: bigint }>(100);
  for (const job of sizes(90, 80, 7, 6, 5, 4, 3, 2)) expect(queue.add(job)).toBe(true);
  const order = Array.from({ length: 8 }, () => Number(queue.take()?.size));
  expect(order).toEqual([2, 3, 4, 90, 5, 6, 7, 80]);
  expect(queue.take()).toBeUndefined();
});

it("takes the older one of two of a size", () => {
  const queue = createJobQueue<{ size: bigint }>(100);
  const [first, second] = sizes(1, 1) as [{ size: bigint }, { size: bigint }];
  queue.add(first);
  queue.add(second);
  expect(queue.take()).toBe(first);
});

it("holds no more than it may, and lets go of one", () => {
  const queue = createJobQueue<{ size: bigint }>(2);
  const [a, b, c] = sizes(1, 2, 3) as [{ size: bigint }, { size: bigint }, { size: bigint }];
  expect([queue.add(a), queue.add(b), queue.add(c)]).toEqual([true, true, false]);
  expect([queue.remove(c), queue.remove(a), queue.remove(a)]).toEqual([false, true, false]);
  expect(queue.length).toBe(1);
  expect(queue.add(c)).toBe(true);
  expect([queue.take(), queue.take(), queue.take()]).toEqual([b, c, undefined]);
});
