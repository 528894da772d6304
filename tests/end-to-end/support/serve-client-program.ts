// A client in a process of its own, which a test can stop and kill. Arguments: the address of a server, and how many streams it opens, each on a
// connection of its own. Prints one line of JSON when all have begun, a report of the first one for each line of input, and a last line
// with the errors with which they ended.
import { createInterface } from "node:readline";
import { type MonitorEvent, ProcmonError } from "@procmon/core";
import { connectProcmon, type ProcmonClient, type WatchStream } from "@procmon/serialize-grpc/client";
import { createSequence } from "./serve-sequence.ts";

const print = (line: unknown): void => console.log(JSON.stringify(line));

const [, , address = "", count = "1"] = process.argv;
const clients: ProcmonClient[] = Array.from({ length: Number(count) }, () => connectProcmon({ address }));
const streams = clients.map((client) => client.watch({ types: ["exec"] }));
await Promise.all(streams.map(({ ready }) => ready));
const sequence = createSequence();
createInterface({ input: process.stdin }).on("line", () => print(sequence.report()));
process.stdin.on("end", () => {
  for (const client of clients) client.close();
});
print({});

async function read(stream: WatchStream, see: (event: MonitorEvent) => void): Promise<string | undefined> {
  try {
    for await (const event of stream) see(event);
    return undefined;
  } catch (error) {
    return ProcmonError.isInstance(error) ? error.code : String(error);
  }
}

const errors = await Promise.all(streams.map((stream, at) => read(stream, at === 0 ? sequence.see : () => {})));
print({ errors: errors.filter((error) => error !== undefined) });
for (const client of clients) client.close();
process.exit();
