// The object is closed, or only the reader stopped, by the very function that takes a batch.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { openRenames, rename } from "./bpf-records.ts";
import { waitUntil } from "./wait.ts";

const descriptors = (): number => readdirSync("/proc/self/fd").length;
const before = descriptors();
for (let round = 0; round < 20; round++) {
  let batches = 0;
  const object = openRenames({ records_each: 10 });
  const ring = object.readRing("ring", {
    onBatch() {
      batches++;
      if (round % 2 === 0) object.close();
      else ring.stop();
    },
    onError: assert.fail,
    intervalMs: 0,
  });
  assert.throws(() => object.readRing("ring", { onBatch() {}, onError() {} }), { code: "EBUSY" });
  rename(20);
  await waitUntil("a batch", () => batches > 0);
  rename(1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(batches, 1);
  if (round % 2 === 0) continue;
  // Another reader goes on where the first one ended.
  let more = 0;
  object.readRing("ring", { onBatch: () => void more++, onError: assert.fail });
  rename(1);
  await waitUntil("another batch", () => more > 0);
  object.close();
}
assert.equal(descriptors(), before);
console.log("ok");
