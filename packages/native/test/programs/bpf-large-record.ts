// A record that is larger than a batch comes in one of its own.
import assert from "node:assert/strict";
import { numbersIn, openRenames, rename } from "./bpf-records.ts";
import { waitUntil } from "./wait.ts";

// With a step of 7, records of up to 64 KiB come in the order of their numbers: the first 600 are small.
const variety = 65535;
const object = openRenames({ records_each: 100, variety }, 16 << 20);
const numbers: number[] = [];
let largest = 0;
object.readRing("ring", {
  onBatch(batch) {
    largest = Math.max(largest, batch.length);
    numbers.push(...numbersIn(batch, variety));
  },
  onError: assert.fail,
  batchBytes: 4096,
});
for (let round = 1; round <= 20; round++) {
  rename(1);
  await waitUntil("a round", () => numbers.length === round * 100);
}
assert.deepEqual(numbers, [...numbers.keys()]);
assert.ok(largest > 3 * 4096);
object.close();
console.log("ok");
