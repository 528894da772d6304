import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { createBatchQueue } from "./batch-queue.ts";

const batch = (bytes: number) => new Uint8Array(bytes);

test("one batch in a turn, in their order", async () => {
  const done: number[] = [];
  const queue = createBatchQueue(({ length }) => done.push(length));
  for (const bytes of [1, 2, 3]) queue.add(batch(bytes));
  expect(done).toEqual([]);
  for (let turn = 1; turn <= 3; turn++) {
    await setImmediate();
    expect(done).toEqual([1, 2, 3].slice(0, turn));
  }
  queue.add(batch(4));
  await setImmediate();
  expect(done).toEqual([1, 2, 3, 4]);
});

test("what is too much is worked through at once, the oldest first", async () => {
  const done: number[] = [];
  const queue = createBatchQueue(({ length }) => done.push(length), 100);
  for (const bytes of [50, 40, 30]) queue.add(batch(bytes));
  expect(done).toEqual([50]);
  queue.add(batch(101));
  expect(done).toEqual([50, 40, 30, 101]);
  queue.add(batch(1));
  await setImmediate();
  expect(done.at(-1)).toBe(1);
});

test("at the end all is worked through, or dropped when there is no time", async () => {
  const done: number[] = [];
  const queue = createBatchQueue(({ length }) => done.push(length));
  for (const bytes of [1, 2]) queue.add(batch(bytes));
  queue.finish(performance.now() + 60_000);
  expect(done).toEqual([1, 2]);
  for (const bytes of [3, 4]) queue.add(batch(bytes));
  queue.finish(0);
  await setImmediate();
  expect(done).toEqual([1, 2]);
});

test("what a batch throws does not keep the others from their turn", async () => {
  const done: number[] = [];
  const queue = createBatchQueue(({ length }) => {
    done.push(length);
    if (length === 1) throw new Error("as the test wants it");
  });
  const thrown = new Promise((resolve) => process.prependOnceListener("uncaughtException", resolve));
  const others = process.listeners("uncaughtException").slice(1);
  for (const other of others) process.off("uncaughtException", other as () => void);
  for (const bytes of [1, 2]) queue.add(batch(bytes));
  expect(await thrown).toMatchObject({ message: "as the test wants it" });
  for (const other of others) process.on("uncaughtException", other as () => void);
  await setImmediate();
  expect(done).toEqual([1, 2]);
});
