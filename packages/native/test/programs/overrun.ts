// A reader that is too slow for the kernel's buffer: what is lost is counted, to the last datagram.
import assert from "node:assert/strict";
import { forEachDatagram } from "../../src/index.ts";
import { nameOf, openCommSocket, rename } from "./comm-events.ts";
import { waitUntil } from "./wait.ts";

const EVENTS = 20_000;
const socket = openCommSocket({ receiveBufferBytes: 64 * 1024 });
assert.ok(socket.receiveBufferBytes < 1 << 20, "the kernel took the size");
// Nothing reads yet: the buffer fills up.
rename(EVENTS);
assert.ok(socket.dropped > 0);
let delivered = 0;
let told = 0;
let last = "";
const reader = socket.read({
  onBatch(batch) {
    forEachDatagram(batch, {
      datagram(datagram) {
        delivered++;
        last = nameOf(datagram);
      },
      overrun(dropped) {
        told = dropped;
      },
    });
  },
  onError: assert.fail,
});
await waitUntil("all are accounted for", () => delivered + told === EVENTS);
assert.equal(socket.dropped, told);
assert.equal(reader.stats().overruns, 1);
// It goes on as before.
rename(1, EVENTS);
await waitUntil("the next one comes", () => last === `name${EVENTS}`);
assert.equal(delivered + told, EVENTS + 1);
socket.close();
console.log("ok");
