import { ProcmonError } from "../../errors/procmon-error.ts";
import type { EmittedEvent, MonitorEvent } from "../../event/monitor-event.ts";
import type { MethodHost, MonitorMethod } from "../../method/monitor-method.ts";
import type { Process } from "../../process/process.ts";
import type { EventStream, Monitor } from "../monitor.ts";

/** A method for tests that provoke faults: it does nothing but what it is told. */
export interface FakeMethod extends MonitorMethod {
  /** What `start` was given. */
  readonly hosts: MethodHost[];
  /** The last of `hosts`. */
  readonly host: MethodHost;
  /** What was called, in order. */
  readonly calls: string[];
}

/** Makes one; `behaviour` replaces single functions. */
export function fakeMethod(name: string, behaviour: Partial<MonitorMethod> = {}): FakeMethod {
  const hosts: MethodHost[] = [];
  const calls: string[] = [];
  return {
    specVersion: 1,
    name,
    capabilities: {
      events: { exec: "complete", connect: "complete" },
      protocols: ["tcp"],
      execSafe: true,
      networkNamespaces: "own",
      blindSpots: [],
    },
    hosts,
    calls,
    get host() {
      const host = hosts.at(-1);
      if (host === undefined) throw new Error(`${name} has not been started`);
      return host;
    },
    async probe() {
      calls.push("probe");
      return behaviour.probe?.() ?? { result: "available", checks: [] };
    },
    async start(host) {
      calls.push("start");
      hosts.push(host);
      await behaviour.start?.(host);
    },
    async stop() {
      calls.push("stop");
      await behaviour.stop?.();
    },
    findOwner: behaviour.findOwner ?? (async () => ({ kind: "none", reason: "not-found" })),
    ...(behaviour.snapshot && { snapshot: behaviour.snapshot }),
    ...(behaviour.traffic && { traffic: behaviour.traffic }),
    ...(behaviour.visibility && { visibility: behaviour.visibility }),
    ...(behaviour.stats && { stats: behaviour.stats }),
  };
}

/** A process that need not exist. */
export function fakeProcess(pid: number, facts: Partial<Process> = {}): Process {
  return { pid, startTime: BigInt(pid), ppid: 1, comm: `p${pid}`, path: `/bin/p${pid}`, ...facts };
}

/** An exec of that process. */
export function execOf(pid: number): EmittedEvent {
  return { type: "exec", process: fakeProcess(pid) };
}

/** All that is queued, and what is waited for until the stream ends. */
export async function readAll(stream: EventStream): Promise<MonitorEvent[]> {
  const events: MonitorEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** Stops the monitor and gives what its stream still held, each event in a few words. */
export async function storyOf(monitor: Monitor, stream: EventStream): Promise<string[]> {
  await monitor.stop();
  return (await readAll(stream)).map(inWords);
}

/** An event in a few words. */
export function inWords(event: MonitorEvent): string {
  if (event.type === "method") return `${event.change} ${event.method}${event.from ? ` from ${event.from}` : ""}`;
  if (event.type === "lost") return `lost ${event.source}:${event.cause} ${event.eventType ?? "?"} ${event.count}`;
  return `${event.method}: ${event.type} ${event.process?.pid ?? ""}`;
}

/** The code with which a promise is rejected. */
export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: unknown) => (ProcmonError.isInstance(error) ? error.code : `not ours: ${String(error)}`),
  );
}
