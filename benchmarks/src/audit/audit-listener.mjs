// Reads the kernel's audit records as the method audit does, and counts them: prints {"pid"} when it listens, and for each line of input what it
// has read since the one before, a ListenerCounts. Ends with its input.
import { createInterface } from "node:readline";
import { forEachDatagram, openNetlinkSocket } from "@procmon/native";

const socket = openNetlinkSocket({ protocol: "audit", groups: [1], receiveBufferBytes: 64 << 20 });
let records = 0;
let dropped = 0;
const reader = socket.read({
  intervalMs: 25,
  onBatch(batch) {
    forEachDatagram(batch, { datagram: () => void records++, overrun() {} });
  },
  onError(error) {
    throw error;
  },
});
console.log(JSON.stringify({ pid: process.pid }));
for await (const _ of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ records, dropped: socket.dropped - dropped }));
  records = 0;
  dropped = socket.dropped;
}
reader.stop();
socket.close();
