import { ProcmonError } from "../errors/procmon-error.ts";
import type { Process } from "../process/process.ts";
import type { ProcessFinder } from "../process/process-finder.ts";

/** PID_MAX_LIMIT of a 64-bit kernel (include/linux/threads.h). */
const PID_LIMIT = 4_194_304;

/** What a process lookup works with. */
export interface ProcessLookupOptions {
  readonly finder: ProcessFinder;
  readonly signal: AbortSignal;
  /** Adds the checksums, where there is a hasher. */
  settle(process: Process): Promise<Process>;
}

/** Makes `Monitor.findProcess`. */
export function createProcessLookup(options: ProcessLookupOptions): (pid: number) => Promise<Process | undefined> {
  const { finder, signal, settle } = options;
  return (pid) => {
    if (!Number.isInteger(pid) || pid < 1 || pid > PID_LIMIT) return Promise.reject(invalidPid(pid));
    if (signal.aborted) return Promise.reject(signal.reason);
    const process = finder.find(pid);
    return process === undefined ? Promise.resolve(process) : settle(process);
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
