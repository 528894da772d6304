// JavaScript is busy while the ring fills up: what is lost is what the program could not put there, to the last record.
import assert from "node:assert/strict";
import { countsOf, numbersIn, openRenames, rename } from "./bpf-records.ts";
import { waitUntil } from "./wait.ts";

const object = openRenames({ records_each: 100 }, 64 << 10);
let delivered = 0;
let last = -1;
const ring = object.readRing("ring", {
  onBatch(batch) {
    for (const number of numbersIn(batch)) {
      assert.ok(number > last);
      last = number;
      delivered++;
    }
  },
  onError: assert.fail,
  batchBytes: 16 << 10,
});
rename(200);
const { produced, lost } = countsOf(object);
assert.equal(produced, 20_000);
assert.ok(lost > 0);
await waitUntil("all that was kept", () => delivered === produced - lost);
assert.ok(ring.stats().stalls > 0, "the thread had to wait");
// It goes on as before.
rename(1);
await waitUntil("the next ones", () => delivered === produced - lost + 100);
assert.equal(countsOf(object).lost, lost);
assert.equal(last, 20_099);
object.close();
console.log("ok");
