// All records come, in order, whatever the sizes of batches and of the ring, and however rarely the program wakes the reader.
import assert from "node:assert/strict";
import { countsOf, numbersIn, openRenames, rename } from "./bpf-records.ts";
import { waitUntil } from "./wait.ts";

for (const { batchBytes, wakes_rarely, variety } of [
  { batchBytes: 4096, wakes_rarely: false, variety: 63 },
  { batchBytes: 64 << 10, wakes_rarely: true, variety: 255 },
  { batchBytes: 1 << 20, wakes_rarely: true, variety: 1023 },
]) {
  const object = openRenames({ records_each: 50, wakes_rarely, variety }, 4 << 20);
  let next = 0;
  let largest = 0;
  const ring = object.readRing("ring", {
    onBatch(batch) {
      largest = Math.max(largest, batch.length);
      for (const number of numbersIn(batch, variety)) assert.equal(number, next++);
    },
    onError: assert.fail,
    batchBytes,
  });
  for (let burst = 1; burst <= 20; burst++) {
    rename(20);
    // The ring would hold all that a burst makes, and not all bursts.
    await waitUntil("a burst", () => next === burst * 1000);
  }
  assert.deepEqual(countsOf(object), { produced: 20_000, lost: 0 });
  assert.ok(largest <= batchBytes);
  const { records, batches } = ring.stats();
  assert.equal(records, 20_000);
  assert.ok(batches >= 20);
  object.close();
}
console.log("ok");
