// The socket is closed by the very function that takes its batch.
import assert from "node:assert/strict";
import { openCommSocket, rename } from "./comm-events.ts";
import { waitUntil } from "./wait.ts";

for (let round = 0; round < 50; round++) {
  let batches = 0;
  const socket = openCommSocket();
  socket.read({
    onBatch() {
      batches++;
      socket.close();
    },
    onError: assert.fail,
    intervalMs: 0,
  });
  rename(50);
  await waitUntil("a batch", () => batches > 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(batches, 1);
}
console.log("ok");
