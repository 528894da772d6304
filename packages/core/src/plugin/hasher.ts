import type { HasherEvent, MonitorEventType } from "../event/monitor-event.ts";
import type { Logger } from "../method/monitor-method.ts";
import type { Process } from "../process/process.ts";
import type { ProcessStore } from "../process/process-store.ts";
import type { Procfs } from "../procfs/procfs.ts";

/**
 * How far the checksums of a process are known:
 * - `ok`: all that were asked for.
 * - `pending`: they are being computed.
 * - `gone`: the file cannot be reached any more, or nothing tells which one it was.
 * - `denied`: it may not be opened.
 * - `too_large`: it is larger than the limit.
 * - `timeout`: reading it takes longer than the limit.
 * - `changed`: its path holds something else by now.
 * - `failed`: it cannot be read, as with a broken disk.
 */
export type ChecksumStatus = "ok" | "pending" | "gone" | "denied" | "too_large" | "timeout" | "changed" | "failed";

/** What a hasher knows of a process. */
export interface Checksums {
  readonly status: ChecksumStatus;
  /** By key, as in `Process.checksums`. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** What a monitor hands to a hasher. */
export interface HasherHost {
  readonly procfs: Procfs;
  readonly processes: ProcessStore;
  readonly log: Logger;
  /** Aborted when the monitor stops. */
  readonly signal: AbortSignal;
  /** True while somebody reads events of this type. */
  wants(type: MonitorEventType): boolean;
  /** The monitor adds the time, and to the process all checksums that are known by then. */
  emit(event: HasherEvent): void;
}

/** Computes checksums of the executables of processes. */
export interface Hasher {
  readonly kind: "hasher";
  readonly specVersion: 1;
  readonly name: string;
  /** Keys such as `process.hash.sha256`, as in `Process.checksums`. They may change while it runs. */
  readonly algorithms: readonly string[];
  /** Called once, by `monitor.use`. */
  attach?(host: HasherHost): void;
  /**
   * What is known at once; called for the process of every event. What is missing it may begin to compute, and say `pending`: an event
   * `checksum` of this process then tells the end. Undefined for what has no executable.
   *
   * @param execTime nanoseconds since the epoch when it began to run this executable, where that was seen.
   */
  peek?(process: Process, execTime?: bigint): Checksums | undefined;
  /** All that can be known; undefined for what has no executable. Never rejects because a process has gone. */
  hash(process: Process, signal?: AbortSignal): Promise<Checksums | undefined>;
  /** Gives back what it holds. Idempotent. */
  stop?(): Promise<void>;
}
