// Whoever asks has what there is at once, though the interval is long.
import assert from "node:assert/strict";
import { numbersIn, openRenames, rename } from "./bpf-records.ts";
import { waitUntil } from "./wait.ts";

const object = openRenames({ wakes_rarely: true });
let delivered = 0;
const ring = object.readRing("ring", {
  onBatch(batch) {
    delivered += numbersIn(batch).length;
  },
  onError: assert.fail,
  intervalMs: 60_000,
});
// The first batch comes at once, and the next one in a minute.
rename(1);
await waitUntil("the first record", () => delivered === 1);
for (let round = 2; round <= 200; round++) {
  rename(1);
  ring.nudge();
  await waitUntil("a record that was asked for", () => delivered === round);
}
// There is nothing to have.
ring.nudge();
ring.stop();
ring.nudge();
assert.equal(ring.stats().records, 200);
object.close();
console.log("ok");
