// Serves made-up events: `node server-process.ts grpc|json SOCKET`. Prints a line when it serves. For each line of input,
// {"count", "rate"}, it emits so many events, waits until they have gone out, and prints what that took. Ends with its input.
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createMonitor, type Monitor } from "@procmon/core";
import { serve } from "@procmon/serialize-grpc/server";
import { madeUpMethod } from "./made-up-events.ts";

/** What is left in queues goes out within this time, in milliseconds. */
const SETTLE_MS = 500;

/** What a run took. */
export interface ServerRun {
  /** Of the whole process, the monitor with it, in microseconds. */
  readonly cpu: number;
  readonly seconds: number;
}

/** What one would write oneself: each event as a line of JSON, once for each reader, who waits for nobody. */
async function serveJsonLines(monitor: Monitor, path: string): Promise<Server> {
  const server = createServer(async (socket) => {
    socket.on("error", () => undefined);
    for await (const event of monitor.events()) {
      const line = JSON.stringify(event, (_key, value) => (typeof value === "bigint" ? `${value}` : value));
      if (!socket.write(`${line}\n`)) await once(socket, "drain");
    }
  });
  server.listen(path);
  await once(server, "listening");
  return server;
}

const [way, path = ""] = process.argv.slice(2);
const method = madeUpMethod();
const monitor = createMonitor({ methods: [method] });
await monitor.start();
const lines = way === "json" ? await serveJsonLines(monitor, path) : undefined;
const server = way === "grpc" ? await serve(monitor, { listen: [`unix://${path}`], maxClients: 1000 }) : undefined;
console.log("{}");
for await (const line of createInterface({ input: process.stdin })) {
  const { count, rate } = JSON.parse(line) as { count: number; rate: number };
  const before = process.cpuUsage();
  const seconds = await method.play(count, rate);
  await sleep(SETTLE_MS);
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ cpu: user + system, seconds } satisfies ServerRun));
}
lines?.close();
await server?.stop();
await monitor.stop();
process.exit();
