// Sockets that nobody refers to any more are closed; those that read are not. Run with --expose-gc.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { forEachDatagram } from "../../src/index.ts";
import { openCommSocket, rename } from "./comm-events.ts";
import { waitUntil } from "./wait.ts";

const collect = (globalThis as { gc?: () => void }).gc ?? assert.fail;
const descriptors = (): number => readdirSync("/proc/self/fd").length;
let events = 0;
openCommSocket().read({
  onBatch: (batch) => forEachDatagram(batch, { datagram: () => void events++ }),
  onError: assert.fail,
});
const before = descriptors();
for (let index = 0; index < 200; index++) openCommSocket();
assert.ok(descriptors() >= before + 200);
await waitUntil("the sockets are closed", () => {
  collect();
  return descriptors() <= before + 1;
});
rename(10);
await waitUntil("the one that reads gets its events", () => events === 10);
console.log("ok");
process.exit(0);
