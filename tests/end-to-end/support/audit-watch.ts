import { createMonitor, type LostEvent, type Monitor, type StartReport } from "@procmon/core";
import { type AuditMethodOptions, auditMethod } from "@procmon/method-audit";
import { expect } from "vitest";
import type { ObservedEvent } from "./event-log.ts";
import { runMarker } from "./event-record.ts";

/** A monitor of the method audit, and all that it told. */
export interface AuditWatch extends AsyncDisposable {
  readonly monitor: Monitor;
  readonly report: StartReport;
  readonly events: readonly ObservedEvent[];
  readonly lost: readonly LostEvent[];
  /** Stops it. All that it told is in `events` then. Idempotent. */
  stop(): Promise<void>;
}

/** Starts one. */
export async function watchAudit(options: AuditMethodOptions = {}): Promise<AuditWatch> {
  const monitor = createMonitor({ methods: [auditMethod(options)], strict: true, from: import.meta.dirname });
  const events: ObservedEvent[] = [];
  const lost: LostEvent[] = [];
  const stream = monitor.events({ capacity: 1 << 20 });
  const report = await monitor.start();
  const reading = (async () => {
    for await (const event of stream) {
      if (event.type === "lost") lost.push(event);
      else if (event.type !== "method") events.push(event);
    }
  })();
  const stop = async (): Promise<void> => {
    await monitor.stop();
    await reading;
  };
  return { monitor, report, events, lost, stop, [Symbol.asyncDispose]: stop };
}

/** Waits until all of them have told of what has happened so far. Gives the pid of the process that showed it. */
export async function caughtUp(...watches: readonly AuditWatch[]): Promise<number> {
  // Its pid may have been another one's before.
  const since = BigInt(Date.now() - 100) * 1_000_000n;
  const pid = await runMarker();
  for (const { events } of watches) {
    const isOver = () =>
      events.some((event) => event.type === "exit" && event.process.pid === pid && event.time >= since);
    await expect.poll(isOver, { timeout: 30_000 }).toBe(true);
  }
  return pid;
}
