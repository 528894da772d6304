// A reader is stopped and another one started, many times, while events flow.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { openCommSocket, rename } from "./comm-events.ts";
import { waitUntil } from "./wait.ts";

const before = readdirSync("/proc/self/task").length;
const socket = openCommSocket();
for (let round = 0; round < 100; round++) {
  let batches = 0;
  const reader = socket.read({ onBatch: () => void batches++, onError: assert.fail, intervalMs: 0 });
  rename(20);
  await waitUntil("a batch", () => batches > 0);
  rename(20);
  reader.stop();
  const stopped = batches;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(batches, stopped, "nothing comes after stop()");
}
socket.close();
await waitUntil("all threads have ended", () => readdirSync("/proc/self/task").length <= before);
console.log("ok");
