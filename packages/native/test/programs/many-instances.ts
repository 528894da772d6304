// Many sockets that read at once, each with a thread of its own: all get every event, and closing them leaves no descriptor.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { forEachDatagram } from "../../src/index.ts";
import { openCommSocket, rename } from "./comm-events.ts";
import { waitUntil } from "./wait.ts";

const EVENTS = 500;
const before = readdirSync("/proc/self/fd").length;
const readings = Array.from({ length: 16 }, () => {
  const socket = openCommSocket({ receiveBufferBytes: 4 << 20 });
  const reading = { socket, reader: socket.read({ onBatch, onError: fail }), count: 0 };
  function onBatch(batch: Buffer): void {
    forEachDatagram(batch, { datagram: () => void reading.count++ });
  }
  assert.throws(() => socket.read({ onBatch, onError: fail }), { code: "EBUSY" });
  assert.throws(() => socket.receive(Buffer.alloc(1 << 20), 0), { code: "EBUSY" });
  return reading;
});
rename(EVENTS);
await waitUntil("every socket has every event", () => readings.every(({ count }) => count === EVENTS));
for (const { socket, reader } of readings) {
  assert.equal(reader.stats().datagrams, EVENTS);
  reader.stop();
  reader.stop();
  socket.close();
  socket.close();
  assert.throws(() => socket.send(Buffer.alloc(16)), { code: "EBADF" });
}
assert.equal(readdirSync("/proc/self/fd").length, before);
console.log("ok");

function fail(error: Error): never {
  throw error;
}
