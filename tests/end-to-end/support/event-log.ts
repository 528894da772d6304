import type { LostEvent, MethodEvent, Monitor, MonitorEvent } from "@procmon/core";
import { expect } from "vitest";
import { runMarker } from "./event-record.ts";

/** What is told of processes and connections. */
export type ObservedEvent = Exclude<MonitorEvent, LostEvent | MethodEvent>;

/** All that a stream gave so far. */
export interface EventLog {
  /** Of one process, in the order in which they came. */
  of(pid: number): readonly ObservedEvent[];
  /** How many of each type. */
  readonly counts: Readonly<Partial<Record<MonitorEvent["type"], number>>>;
  readonly lost: readonly LostEvent[];
  /** Waits until all that has happened so far has been told. */
  caughtUp(): Promise<void>;
}

/** Reads all events of a monitor, from now on, with a queue of the usual size. */
export function logEvents(monitor: Monitor): EventLog {
  const byPid = new Map<number, ObservedEvent[]>();
  const counts: Partial<Record<MonitorEvent["type"], number>> = {};
  const lost: LostEvent[] = [];
  const stream = monitor.events();
  const take = (event: MonitorEvent) => {
    counts[event.type] = (counts[event.type] ?? 0) + 1;
    if (event.type === "lost") lost.push(event);
    else if (event.type !== "method" && event.process !== undefined) {
      const { pid } = event.process;
      const known = byPid.get(pid);
      if (known === undefined) byPid.set(pid, [event]);
      else known.push(event);
    }
  };
  void (async () => {
    for await (const event of stream) take(event);
  })();
  const of = (pid: number) => byPid.get(pid) ?? [];
  return {
    of,
    counts,
    lost,
    async caughtUp() {
      // Its pid may have been another one's before. Clocks of audit records are coarse.
      const since = BigInt(Date.now() - 100) * 1_000_000n;
      const pid = await runMarker();
      const isOver = () => of(pid).some(({ type, time }) => type === "exit" && time >= since);
      await expect.poll(isOver, { timeout: 30_000 }).toBe(true);
    },
  };
}
