// JavaScript is busy for a while: batches stay bounded, nothing is lost while the kernel has room, and the order is kept.
import assert from "node:assert/strict";
import { forEachDatagram } from "../../src/index.ts";
import { nameOf, openCommSocket, rename } from "./comm-events.ts";
import { waitUntil } from "./wait.ts";

const EVENTS = 20_000;
const BATCH_BYTES = 128 * 1024;
const socket = openCommSocket({ receiveBufferBytes: 64 << 20 });
let next = 0;
let largest = 0;
const reader = socket.read({
  onBatch(batch) {
    largest = Math.max(largest, batch.length);
    forEachDatagram(batch, { datagram: (datagram) => assert.equal(nameOf(datagram), `name${next++}`) });
  },
  onError: assert.fail,
  batchBytes: BATCH_BYTES,
});
rename(EVENTS);
assert.equal(next, 0, "this thread was busy");
await waitUntil("all events", () => next === EVENTS);
assert.equal(socket.dropped, 0);
assert.ok(largest <= BATCH_BYTES);
assert.ok(reader.stats().stalls > 0, "the thread had to wait");
socket.close();
console.log("ok");
