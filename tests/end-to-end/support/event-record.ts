import { execFile } from "node:child_process";
import { once } from "node:events";
import type { ExecEvent, ExitEvent, ForkEvent, LostEvent, Monitor, MonitorEvent } from "@procmon/core";
import { expect } from "vitest";

/** What is told of processes. */
export type ProcessEvent = ExecEvent | ExitEvent | ForkEvent;

/** All that a stream gave so far. */
export interface EventRecord {
  /** Of one process, in the order in which they came. */
  of(pid: number): readonly ProcessEvent[];
  readonly lost: readonly LostEvent[];
  /** Waits until all that has happened so far has been told. */
  caughtUp(): Promise<void>;
}

/** Reads the process events of a monitor, from now on. */
export function recordEvents(monitor: Monitor): EventRecord {
  const byPid = new Map<number, ProcessEvent[]>();
  const lost: LostEvent[] = [];
  const stream = monitor.events({ types: ["exec", "fork", "exit", "lost"], capacity: 1 << 20 });
  const take = (event: MonitorEvent) => {
    if (event.type === "lost") lost.push(event);
    if (event.type !== "exec" && event.type !== "fork" && event.type !== "exit") return;
    const known = byPid.get(event.process.pid);
    if (known === undefined) byPid.set(event.process.pid, [event]);
    else known.push(event);
  };
  void (async () => {
    for await (const event of stream) take(event);
  })();
  const of = (pid: number) => byPid.get(pid) ?? [];
  return {
    of,
    lost,
    async caughtUp() {
      const pid = await runMarker();
      await expect.poll(() => of(pid).at(-1)?.type, { timeout: 30_000 }).toBe("exit");
    },
  };
}

/** Runs a program to its end; what happened before is told before its exit. Gives its pid. */
export async function runMarker(): Promise<number> {
  const child = execFile("/bin/true");
  await once(child, "exit");
  return child.pid as number;
}
