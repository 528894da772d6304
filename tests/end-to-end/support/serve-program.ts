// A server of events that are made up, in a process of its own: a test can look at it from outside, stop it and kill it. Arguments: the
// path of its socket. Prints one line of JSON when it serves, and one for each line of input:
// `memory`, `emit COUNT WEIGHT` (events one after the other), `load COUNT WEIGHT` (as many every 10 ms; 0 ends it).
import { createInterface } from "node:readline";
import { setImmediate as turn } from "node:timers/promises";
import { createMonitor } from "@procmon/core";
import { serve } from "@procmon/serialize-grpc/server";
import {
  execOf,
  listenerAt,
  syntheticMethod,
} from "../../../packages/serialize-grpc/src/service/synthetic-method.test-kit.ts";

/** What is printed for a line of input. */
export interface ServeAnswer {
  /** Bytes that are in use, with those of buffers, after garbage has been collected. */
  readonly used?: number;
  /** Events that have been emitted so far. Each is the exec of a process whose pid is its number, from 1 on. */
  readonly emitted: number;
}

const SOCKETS = Array.from({ length: 3000 }, (_, port) => listenerAt(port));
const LOOKUP_MS = 20;
const LOAD_MS = 10;
const BURST = 100;

const print = (line: unknown): void => console.log(JSON.stringify(line));
const tell = (message: string): void => console.error(message);
const log = { debug: () => {}, info: tell, warn: tell, error: tell };

async function usedBytes(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function main(): Promise<void> {
  const method = syntheticMethod({
    sockets: SOCKETS,
    findOwner: () => new Promise((resolve) => setTimeout(resolve, LOOKUP_MS, { kind: "none", reason: "not-found" })),
  });
  await using monitor = createMonitor({ methods: [method] });
  await monitor.start();
  await using _server = await serve(monitor, { listen: [`unix://${process.argv[2]}`], log });
  let emitted = 0;
  let load: NodeJS.Timeout | undefined;

  function emit(count: number, weight: number): void {
    for (let left = count; left > 0; left--) method.emit(execOf(++emitted, weight));
  }

  print({ emitted });
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, count = 0, weight = 0] = line.split(" ").map((part, at) => (at === 0 ? part : Number(part))) as [
      string,
      number?,
      number?,
    ];
    let used: number | undefined;
    if (word === "memory") used = await usedBytes();
    if (word === "load") {
      clearInterval(load);
      load = count > 0 ? setInterval(emit, LOAD_MS, count, weight) : undefined;
    }
    for (let left = word === "emit" ? count : 0; left > 0; left -= BURST) {
      emit(Math.min(left, BURST), weight);
      await turn();
    }
    print({ emitted, ...(used !== undefined && { used }) } satisfies ServeAnswer);
  }
  clearInterval(load);
}

await main();
