// A monitor in a process of its own, which a test can stop and kill. Prints one line of JSON when it watches, one for each process event
// and each loss, and an answer for each line of input: `find PID`, `stats`.
import { createInterface } from "node:readline";
import { createMonitor, type MonitorEvent } from "@procmon/core";

/** What is printed of an event. */
export interface WatchedEvent {
  readonly type: "exec" | "fork" | "exit" | "lost";
  readonly pid?: number;
  readonly startTime?: string;
  /** Milliseconds since the epoch. */
  readonly at?: number;
  readonly path?: string;
  readonly args?: readonly string[];
  readonly source?: string;
  readonly cause?: string;
  readonly count?: number;
}

/** What is printed for a line of input. */
export interface WatchAnswer {
  readonly found?: { readonly pid: number; readonly path?: string } | null;
  readonly methodStats?: Readonly<Record<string, number>>;
}

const print = (line: unknown) => console.log(JSON.stringify(line));

function told(event: MonitorEvent): WatchedEvent | undefined {
  if (event.type === "lost") {
    const { type, source, cause, count } = event;
    return { type, source, cause, count };
  }
  if (event.type !== "exec" && event.type !== "fork" && event.type !== "exit") return undefined;
  const { pid, startTime, path, args } = event.process;
  return {
    type: event.type,
    pid,
    startTime: String(startTime),
    at: Number(event.time / 1_000_000n),
    ...(path === undefined ? {} : { path }),
    ...(args === undefined ? {} : { args }),
  };
}

async function main(): Promise<void> {
  await using monitor = createMonitor({ methods: ["proc"], strict: true, from: import.meta.dirname });
  const stream = monitor.events({ types: ["exec", "fork", "exit", "lost"] });
  await monitor.start();
  print({ pid: process.pid });
  createInterface({ input: process.stdin }).on("line", async (line) => {
    const [word, pid] = line.split(" ");
    if (word === "stats") print({ methodStats: monitor.stats().methodStats } satisfies WatchAnswer);
    if (word !== "find") return;
    const process = await monitor.findProcess(Number(pid));
    const found = process && { pid: process.pid, ...(process.path === undefined ? {} : { path: process.path }) };
    print({ found: found ?? null } satisfies WatchAnswer);
  });
  process.stdin.on("end", () => void monitor.stop());
  for await (const event of stream) {
    const line = told(event);
    if (line !== undefined) print(line);
  }
}

await main();
