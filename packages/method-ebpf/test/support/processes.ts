import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecEvent, ExitEvent, Process } from "@procmon/core";
import type { ToldEvents } from "./told-events.ts";

/** Runs a program to its end, and gives its pid. @throws Error if it cannot be started */
export function runToEnd(command: string, args: readonly string[], options: SpawnSyncOptions = {}): number {
  const { pid, error } = spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"], ...options });
  if (error !== undefined) throw error;
  return pid;
}

/** What a process ran, one after the other. */
export function imagesOf(events: ToldEvents, pid: number): readonly Process[] {
  return events.of(pid).flatMap((event) => (event.type === "exec" ? [(event as ExecEvent).process] : []));
}

/** What a process ran last. @throws Error if no exec was told */
export function lastImage(events: ToldEvents, pid: number): Process {
  const last = imagesOf(events, pid).at(-1);
  if (last === undefined) throw new Error(`no exec of process ${pid} was told`);
  return last;
}

/** How a process ended; undefined if that was not told. */
export function endOf(events: ToldEvents, pid: number): Pick<ExitEvent, "exitCode" | "signal"> | undefined {
  const last = events.of(pid).at(-1);
  if (last?.type !== "exit") return undefined;
  const { exitCode, signal } = last as ExitEvent;
  return { ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) };
}

/** A folder of one's own, which goes with `using`. */
export function ownFolder(): Disposable & { readonly path: string; file(name: string): string } {
  const path = mkdtempSync(join(tmpdir(), "procmon-ebpf-"));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
