// Reads what a server sends: `node clients-process.ts grpc|json SOCKET COUNT`, with so many connections. Prints a line when all are
// watching. For each line of input it prints what has come since the last one. Ends with its input.
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, connectivityState, credentials } from "@grpc/grpc-js";
import { lostIn } from "./watch-response.ts";

/** What has come, over all connections. */
export interface Received {
  readonly events: number;
  readonly lost: number;
  readonly bytes: number;
}

const identity = (bytes: Buffer): Buffer => bytes;
const [way, path = "", count = "1"] = process.argv.slice(2);
const NEWLINE = 10;

let events = 0;
let lost = 0;
let bytes = 0;
let started = 0;

function readJsonLines(): void {
  const socket = createConnection(path, () => started++);
  socket.on("data", (chunk) => {
    bytes += chunk.length;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) events++;
  });
}

function readWatch(): void {
  // A channel for each: as many clients as there would be.
  const client = new Client(`unix:${path}`, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const call = client.makeServerStreamRequest("/procmon.v1.Procmon/Watch", identity, identity, Buffer.alloc(0));
  call.on("data", (message: Buffer) => {
    const { start, ...counts } = lostIn(message);
    if (start) started++;
    bytes += message.length;
    events += counts.events;
    lost += counts.lost;
  });
  call.on("error", (error) => {
    if (client.getChannel().getConnectivityState(false) !== connectivityState.SHUTDOWN) throw error;
  });
}

for (let number = 0; number < Number(count); number++) way === "json" ? readJsonLines() : readWatch();
while (started < Number(count)) await sleep(10);
await sleep(200);
events = 0;
console.log("{}");
for await (const _line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ events, lost, bytes } satisfies Received));
  events = 0;
  lost = 0;
  bytes = 0;
}
process.exit();
