// What the function throws is an uncaught exception, as from any other callback; the reading goes on.
import assert from "node:assert/strict";
import { openCommSocket, rename } from "./comm-events.ts";
import { waitUntil } from "./wait.ts";

const caught: unknown[] = [];
process.on("uncaughtException", (error) => caught.push(error));
let batches = 0;
const socket = openCommSocket();
socket.read({
  onBatch() {
    batches++;
    throw new Error(`batch ${batches}`);
  },
  onError: assert.fail,
  intervalMs: 0,
});
for (let round = 1; round <= 3; round++) {
  rename(1);
  await waitUntil(`batch ${round}`, () => caught.length >= round);
}
assert.deepEqual(
  caught.slice(0, 3).map((error) => (error as Error).message),
  ["batch 1", "batch 2", "batch 3"],
);
socket.close();
console.log("ok");
