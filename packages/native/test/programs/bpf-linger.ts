// What comes soon after a wake-up causes none: the reader looks again by itself, and not only once a second.
import assert from "node:assert/strict";
import { numbersIn, openRenames, rename } from "./bpf-records.ts";
import { waitUntil } from "./wait.ts";

const ROUNDS = 200;
const object = openRenames({ wakes_rarely: true });
let delivered = 0;
const ring = object.readRing("ring", {
  onBatch(batch) {
    delivered += numbersIn(batch).length;
    // At once, so that the program does not wake.
    if (delivered < ROUNDS) rename(1);
  },
  onError: assert.fail,
  intervalMs: 0,
});
rename(1);
await waitUntil("all rounds", () => delivered === ROUNDS);
assert.ok(ring.stats().batches > ROUNDS / 2);
assert.ok(ring.stats().rescues < ROUNDS / 20);
object.close();
console.log("ok");
