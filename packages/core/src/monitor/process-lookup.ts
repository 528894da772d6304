import { ProcmonError } from "../errors/procmon-error.ts";
import { reasonOf } from "../method/method-error.ts";
import type { Logger } from "../method/monitor-method.ts";
import type { Hasher } from "../plugin/hasher.ts";
import type { Process } from "../process/process.ts";
import type { ProcessFinder } from "../process/process-finder.ts";
import { processKey } from "../process/process-identity.ts";
import type { ProcessStore } from "../process/process-store.ts";

/** PID_MAX_LIMIT of a 64-bit kernel (include/linux/threads.h). */
const PID_LIMIT = 4_194_304;

/** What a process lookup works with. */
export interface ProcessLookupOptions {
  readonly finder: ProcessFinder;
  readonly processes: ProcessStore;
  /** Those in use; grows by `use`. */
  readonly hashers: readonly Hasher[];
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Makes `Monitor.findProcess`. */
export function createProcessLookup(options: ProcessLookupOptions): (pid: number) => Promise<Process | undefined> {
  const { finder, processes, hashers, log, signal } = options;
  /** Hashing that goes on, by image, so that nobody hashes the same file twice at once. */
  const pending = new Map<string, Promise<Process>>();

  async function hash(process: Process, missing: readonly Hasher[]): Promise<Process> {
    const imageBefore = processes.history(process).at(-1);
    const results = await Promise.allSettled(missing.map(async (hasher) => hasher.hash(process, signal)));
    let checksums: Record<string, string> = {};
    for (const [index, result] of results.entries()) {
      if (result.status === "fulfilled") checksums = { ...checksums, ...result.value };
      else log.warn(`The hasher ${missing[index]?.name} failed: ${reasonOf(result.reason)}`, { pid: process.pid });
    }
    if (Object.keys(checksums).length === 0) return process;
    // After an exec these are the checksums of an image that runs no more: they belong to the answer, not into the store.
    const hasRunOn = processes.history(process).at(-1) === imageBefore;
    const stored = hasRunOn ? processes.update(process, { checksums }) : undefined;
    return stored ?? { ...process, checksums: { ...process.checksums, ...checksums } };
  }

  function withChecksums(process: Process): Promise<Process> {
    const missing = hashers.filter(({ algorithms }) =>
      algorithms.some((key) => process.checksums?.[key] === undefined),
    );
    if (missing.length === 0 || process.path === undefined) return Promise.resolve(process);
    const key = `${processKey(process)} ${process.path}`;
    const current = pending.get(key) ?? hash(process, missing).finally(() => pending.delete(key));
    pending.set(key, current);
    return current;
  }

  return (pid) => {
    if (!Number.isInteger(pid) || pid < 1 || pid > PID_LIMIT) return Promise.reject(invalidPid(pid));
    if (signal.aborted) return Promise.reject(signal.reason);
    const process = finder.find(pid);
    return process === undefined || hashers.length === 0 ? Promise.resolve(process) : withChecksums(process);
  };
}

function invalidPid(pid: unknown): ProcmonError {
  const shown = typeof pid === "number" || typeof pid === "bigint" ? `${pid}` : `a ${typeof pid}`;
  return new ProcmonError({
    code: "INVALID_PID",
    message: `${shown} is no process id.`,
    remedy: `Give an integer from 1 to ${PID_LIMIT}.`,
  });
}
