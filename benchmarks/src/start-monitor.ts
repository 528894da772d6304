import { fileURLToPath } from "node:url";
import { type Cost, costDuring } from "./cost.ts";
import { startLineProcess } from "./line-process.ts";
import type { MonitorSetup, Seen, SeenQuestion } from "./monitor-messages.ts";

/** Where our packages resolve. */
const CWD = fileURLToPath(new URL("..", import.meta.url));

/** A monitor in a process of its own, which watches. */
export interface RunningMonitor extends AsyncDisposable {
  readonly pid: number;
  /** What it has seen, as soon as that is all. */
  ask(question: SeenQuestion): Promise<Seen>;
}

/** The command of one of our programs, with the options that this very process has. */
export function nodeCommand(program: string, ...args: readonly string[]): string[] {
  return [process.execPath, ...process.execArgv, fileURLToPath(new URL(program, import.meta.url)), ...args];
}

/** Starts it with options of Node's own, and waits until it watches. */
export async function startMonitor(setup: MonitorSetup, ...nodeOptions: readonly string[]): Promise<RunningMonitor> {
  const [node = "", ...rest] = nodeCommand("./monitor-process.mjs", JSON.stringify(setup));
  const monitor = await startLineProcess([node, ...nodeOptions, ...rest], CWD);
  return {
    pid: monitor.child.pid ?? 0,
    ask(question) {
      monitor.tell(JSON.stringify(question));
      return monitor.next<Seen>();
    },
    [Symbol.asyncDispose]: () => monitor.ended(),
  };
}

/** Does something while a monitor watches: what that costs, and what it sees of it. */
export async function watchedByMonitor<Done>(
  setup: MonitorSetup,
  work: () => Promise<Done>,
  question: (done: Done) => SeenQuestion,
): Promise<{ done: Done; cost: Cost; seen: Seen }> {
  await using monitor = await startMonitor(setup);
  const { done, cost } = await costDuring(monitor.pid, work);
  return { done, cost, seen: await monitor.ask(question(done)) };
}
