import { setTimeout as sleep } from "node:timers/promises";
import type { Monitor, ProcessTraffic, Traffic } from "@procmon/core";
import { type ProcessRates, trafficRates } from "./traffic-rates.ts";

/** What was moved from one look to the next. */
export interface TrafficInterval {
  /** Of the later look. */
  readonly time: bigint;
  /** Nanoseconds between the two. */
  readonly interval: bigint;
  /** Those that have moved bytes so far. */
  readonly processes: readonly ProcessRates[];
}

/**
 * Looks again and again, `intervalMs` milliseconds apart, until the signal is aborted. One look that comes late does not
 * delay the others.
 *
 * @throws ProcmonError as `Monitor.traffic`; the signal's reason.
 */
export async function* measureTraffic(
  monitor: Pick<Monitor, "traffic">,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<TrafficInterval, never, void> {
  let before = await monitor.traffic();
  let next = performance.now() + intervalMs;
  for (;;) {
    await sleep(Math.max(0, next - performance.now()), undefined, { signal });
    const now = await monitor.traffic();
    yield between(before, now, intervalMs);
    before = now;
    next = Math.max(next + intervalMs, performance.now());
  }
}

function between(before: Traffic, now: Traffic, intervalMs: number): TrafficInterval {
  const elapsed = now.time - before.time;
  // The wall clock may have been set back.
  const interval = elapsed > 0n ? elapsed : BigInt(Math.round(intervalMs * 1e6));
  const moved = { ...now, processes: now.processes.filter(hasMoved) };
  return { time: now.time, interval, processes: trafficRates(before, moved, interval) };
}

function hasMoved({ bytesSent, bytesReceived }: ProcessTraffic): boolean {
  return bytesSent + bytesReceived > 0n;
}
