// Starts a monitor, makes a connection and waits for its event. Prints StartTimes.
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { createMonitor } from "@procmon/core";
import { ebpfMethod } from "@procmon/method-ebpf";

/** Milliseconds since `start` was called. */
export interface StartTimes {
  /** Until it resolved. */
  readonly started: number;
  /** Until the reader had the event of what was done then. */
  readonly firstEvent: number;
}

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
const monitor = createMonitor({ methods: [ebpfMethod()], strict: true });
const stream = monitor.events({ types: ["connect"] });

const began = performance.now();
await monitor.start();
const started = performance.now() - began;
const socket = connect(port, "127.0.0.1");
for await (const event of stream) {
  if (event.type === "connect" && event.connection.dstPort === port) break;
}
const firstEvent = performance.now() - began;

console.log(JSON.stringify({ started, firstEvent } satisfies StartTimes));
socket.destroy();
server.close();
await monitor.stop();
