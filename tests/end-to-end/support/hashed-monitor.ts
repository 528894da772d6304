import { execFileSync } from "node:child_process";
import type { Monitor, MonitorEvent, Process } from "@procmon/core";
import { type Hashing, type HashingOptions, hashing } from "@procmon/hashing";
import { startMonitor } from "./start-monitor.ts";

/** A monitor with a hasher, and every event that is told from now on. */
export interface HashedMonitor extends AsyncDisposable {
  readonly monitor: Monitor;
  readonly hasher: Hashing;
  readonly events: readonly MonitorEvent[];
}

/** Starts it with the method that is tested, or with this one. */
export async function startHashedMonitor(
  options: HashingOptions = {},
  method?: Parameters<typeof startMonitor>[1],
): Promise<HashedMonitor> {
  const monitor = await startMonitor({}, method);
  const hasher = hashing(options);
  monitor.use(hasher);
  const events: MonitorEvent[] = [];
  const stream = monitor.events();
  void (async () => {
    for await (const event of stream) events.push(event);
  })();
  return { monitor, hasher, events, [Symbol.asyncDispose]: () => monitor.stop() };
}

/** What sha256sum(1), md5sum(1) and the like say of a file. */
export function sumOf(path: string, algorithm: "md5" | "sha1" | "sha256" | "sha512" = "sha256"): string {
  return execFileSync(`${algorithm}sum`, ["--", path], { encoding: "utf8" }).replace(/^\\/, "").split(" ", 1)[0] ?? "";
}

/** What is told of the checksums of a process. */
export function checksumsOf(process: Process | undefined): Pick<Process, "checksumStatus" | "checksums"> {
  return { checksumStatus: process?.checksumStatus, checksums: process?.checksums } as never;
}
