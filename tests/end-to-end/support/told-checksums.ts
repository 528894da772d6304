import type { MonitorEvent, Process } from "@procmon/core";
import { expect } from "vitest";
import { runMarker } from "./event-record.ts";
import type { HashedMonitor } from "./hashed-monitor.ts";

/** Waits until all that has happened so far has been told. */
export async function caughtUp({ events }: HashedMonitor): Promise<void> {
  const pid = await runMarker();
  const isOver = () => events.some((event) => event.type === "exit" && event.process.pid === pid);
  await expect.poll(isOver, { timeout: 30_000 }).toBe(true);
}

/** The last that was told of the checksums of each executable that one of these processes ran. */
export function lastTold(events: readonly MonitorEvent[], pids: readonly number[]): readonly Process[] {
  const isOurs = new Set(pids);
  const told = new Map<string, Process>();
  for (const event of events) {
    if (event.type !== "exec" && event.type !== "checksum") continue;
    const { process } = event;
    if (isOurs.has(process.pid)) told.set(`${process.pid}:${process.startTime} ${process.path}`, process);
  }
  return [...told.values()];
}

/** The same, once all has been told and nothing is pending. */
export async function allTold(hashed: HashedMonitor, pids: readonly number[]): Promise<readonly Process[]> {
  await caughtUp(hashed);
  const pending = () => lastTold(hashed.events, pids).filter(({ checksumStatus }) => checksumStatus === "pending");
  await expect.poll(() => pending().length, { timeout: 15_000 }).toBe(0);
  return lastTold(hashed.events, pids);
}
