// A monitor in a process of its own, which a test can stop, break and kill. Its argument is `MonitorSetup` as JSON. Prints one line of JSON
// when it watches, or could not start, and an answer for each line of input, a question as JSON.
import { createInterface } from "node:readline";
import {
  type ConnectionTuple,
  createMonitor,
  type LostEvent,
  type MethodEvent,
  type Monitor,
  type MonitorEvent,
  type Ownership,
  type Process,
  ProcmonError,
  type StartReport,
} from "@procmon/core";
import { type AuditMethodOptions, auditMethod } from "@procmon/method-audit";
import { type EbpfMethodOptions, ebpfMethod } from "@procmon/method-ebpf";

/** How it is set up. */
export interface MonitorSetup {
  /** Tried in this order. @default ["ebpf"] alone, with these options */
  readonly methods?: readonly string[];
  readonly options?: EbpfMethodOptions;
  /** The method audit alone, with these options. */
  readonly audit?: AuditMethodOptions;
  /** Keeps all events, for the question `events`; else they are only counted. */
  readonly keep?: boolean;
}

/** What can be asked, and what is answered. */
export interface Answers {
  counts(): {
    /** By type and, where there is a connection, protocol: `close tcp`. */
    readonly delivered: Readonly<Record<string, number>>;
    readonly lost: readonly Pick<LostEvent, "source" | "cause" | "eventType" | "count">[];
    readonly methodStats: Readonly<Record<string, number>>;
  };
  /** Of those that are kept. */
  events(pid: number): readonly WatchedEvent[];
  methods(): readonly Pick<MethodEvent, "change" | "method" | "from" | "reason">[];
  find(pid: number): Process | null;
  /** Living processes that the store knows. */
  living(): readonly number[];
  owner(tuple: ConnectionTuple): Ownership;
  /** Bytes, after the garbage was collected. */
  memory(): number;
  stop(): null;
  /** An error that nobody catches. */
  crash(): null;
  /** The process ends without a stop. */
  exit(): null;
}

/** What is told of an event; big integers come as strings. */
export type WatchedEvent = Exclude<MonitorEvent, LostEvent | MethodEvent>;

/** The first line. */
export interface Ready {
  readonly pid: number;
  readonly report?: Pick<StartReport, "method" | "skipped" | "capabilities">;
  readonly failure?: { readonly code: string; readonly message: string; readonly remedy?: string };
}

const delivered: Record<string, number> = {};
const lost: LostEvent[] = [];
const methods: MethodEvent[] = [];
const kept: WatchedEvent[] = [];

function print(line: unknown): void {
  console.log(JSON.stringify(line, (_, value) => (typeof value === "bigint" ? String(value) : value)));
}

function take(event: MonitorEvent, keep: boolean): void {
  if (event.type === "lost") lost.push(event);
  else if (event.type === "method") methods.push(event);
  else {
    const key = "connection" in event ? `${event.type} ${event.connection.protocol}` : event.type;
    delivered[key] = (delivered[key] ?? 0) + 1;
    if (keep) kept.push(event);
  }
}

function answersOf(monitor: Monitor): { [Name in keyof Answers]: (...args: Parameters<Answers[Name]>) => unknown } {
  return {
    counts: () => ({ delivered, lost, methodStats: monitor.stats().methodStats }),
    events: (pid) => kept.filter(({ process }) => process?.pid === pid),
    methods: () => methods,
    find: async (pid) => (await monitor.findProcess(pid)) ?? null,
    living: () =>
      [...monitor.processes.values()].filter((each) => !monitor.processes.isEnded(each)).map(({ pid }) => pid),
    owner: (tuple) => monitor.findOwner(tuple),
    memory() {
      globalThis.gc?.();
      return process.memoryUsage.rss();
    },
    async stop() {
      await monitor.stop();
      return null;
    },
    crash() {
      setImmediate(() => {
        throw new Error("as the test wants it");
      });
      return null;
    },
    exit() {
      setImmediate(() => process.exit());
      return null;
    },
  };
}

async function main({ methods: names, options, audit, keep = false }: MonitorSetup): Promise<void> {
  const monitor = createMonitor({
    methods: names ?? [audit === undefined ? ebpfMethod(options) : auditMethod(audit)],
    strict: names === undefined || names.length === 1,
    from: import.meta.dirname,
  });
  const stream = monitor.events();
  try {
    const { method, skipped, capabilities } = await monitor.start();
    print({ pid: process.pid, report: { method, skipped, capabilities } } satisfies Ready);
  } catch (error) {
    if (!ProcmonError.isInstance(error)) throw error;
    const { code, message, remedy } = error;
    print({
      pid: process.pid,
      failure: { code, message, ...(remedy === undefined ? {} : { remedy }) },
    } satisfies Ready);
    process.exit();
  }
  const answers = answersOf(monitor) as Record<string, (...args: unknown[]) => unknown>;
  createInterface({ input: process.stdin }).on("line", async (line) => {
    const [name, ...args] = JSON.parse(line) as [string, ...unknown[]];
    print({ answer: (await answers[name]?.(...args)) ?? null });
  });
  process.stdin.on("end", () => void monitor.stop());
  for await (const event of stream) take(event, keep);
}

await main(JSON.parse(process.argv[2] ?? "{}") as MonitorSetup);
