import type { MonitorEvent } from "../event/monitor-event.ts";
import { reasonOf } from "../method/method-error.ts";
import type { Logger } from "../method/monitor-method.ts";
import type { Checksums, Hasher } from "../plugin/hasher.ts";
import type { Process } from "../process/process.ts";

/** Adds to processes what the hashers know of them. */
export interface ProcessChecksums {
  /** The event with the checksums that are known at once. */
  attach(event: MonitorEvent): MonitorEvent;
  /** The process with all that can be known. */
  settle(process: Process): Promise<Process>;
}

/** What it works with. */
export interface ProcessChecksumsOptions {
  /** Those in use; grows by `use`. */
  readonly hashers: readonly Hasher[];
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Makes it. A hasher that throws is told of in the log, and takes nothing away. */
export function createProcessChecksums({ hashers, log, signal }: ProcessChecksumsOptions): ProcessChecksums {
  function failed(hasher: Hasher, process: Process, error: unknown): Checksums {
    log.warn(`The hasher ${hasher.name} failed: ${reasonOf(error)}`, { pid: process.pid });
    return { status: "failed", checksums: {} };
  }

  function peek(process: Process, execTime: bigint | undefined): Process {
    const known = hashers.map((hasher) => {
      try {
        return hasher.peek?.(process, execTime);
      } catch (error) {
        return failed(hasher, process, error);
      }
    });
    return withChecksums(process, known);
  }

  async function hashAll(process: Process): Promise<Process> {
    const known = hashers.map(async (hasher) => {
      try {
        return await hasher.hash(process, signal);
      } catch (error) {
        return failed(hasher, process, error);
      }
    });
    return withChecksums(process, await Promise.all(known));
  }

  return {
    attach(event) {
      if (!("process" in event) || event.process === undefined) return event;
      return { ...event, process: peek(event.process, event.type === "exec" ? event.time : undefined) } as MonitorEvent;
    },

    settle: (process) => (hashers.length === 0 ? Promise.resolve(process) : hashAll(process)),
  };
}

function withChecksums(process: Process, known: readonly (Checksums | undefined)[]): Process {
  let { checksums } = process;
  let checksumStatus: Checksums["status"] | undefined;
  for (const one of known) {
    if (one === undefined) continue;
    checksums = { ...checksums, ...one.checksums };
    if (checksumStatus === undefined || checksumStatus === "ok" || one.status === "pending")
      checksumStatus = one.status;
  }
  return checksums && checksumStatus ? { ...process, checksums, checksumStatus } : process;
}
