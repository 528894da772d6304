// Objects that nobody refers to any more are closed; a reader that is not referenced keeps no process alive. Run with --expose-gc.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { numbersIn, openRenames, rename } from "./bpf-records.ts";
import { waitUntil } from "./wait.ts";

const collect = (globalThis as { gc?: () => void }).gc ?? assert.fail;
const descriptors = (): number => readdirSync("/proc/self/fd").length;
const object = openRenames();
let delivered = 0;
const ring = object.readRing("ring", {
  onBatch(batch) {
    delivered += numbersIn(batch).length;
  },
  onError: assert.fail,
});
const before = descriptors();
for (let index = 0; index < 10; index++) openRenames().map("counts");
assert.ok(descriptors() > before + 10);
await waitUntil("the objects are closed", () => {
  collect();
  return descriptors() <= before + 1;
});
rename(10);
await waitUntil("the one that reads gets its records", () => delivered === 10);
ring.unref();
ring.ref();
ring.unref();
console.log("ok");
