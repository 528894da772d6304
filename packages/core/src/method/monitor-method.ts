import type { InodeCache } from "../cache/inode-cache.ts";
import type { PidCache } from "../cache/pid-cache.ts";
import type { ConnectionTuple } from "../connection/connection-tuple.ts";
import type { Ownership } from "../connection/ownership.ts";
import type { EmittedEvent, MonitorEventType } from "../event/monitor-event.ts";
import type { ProcessFinder } from "../process/process-finder.ts";
import type { ProcessStore } from "../process/process-store.ts";
import type { Procfs } from "../procfs/procfs.ts";
import type { SocketEntry, Visibility } from "../sockets/socket-entry.ts";
import type { MethodCapabilities, ObservedEventType } from "./capabilities.ts";
import type { ProbeReport } from "./probe-report.ts";
import type { Traffic } from "./traffic.ts";

/** The version of the contract that this package speaks. */
export const METHOD_SPEC_VERSION = 1;

/**
 * A way to find out which process is behind a connection. A plain object from a plain function: see
 * {@link MethodFactory}. Core calls `start` once, `findOwner` only between `start` and `stop`, and `stop` always.
 */
export interface MonitorMethod {
  readonly specVersion: typeof METHOD_SPEC_VERSION;
  /** Short and stable: `proc`, `audit`, `ebpf`, or a third party's. */
  readonly name: string;
  readonly capabilities: MethodCapabilities;

  /** Tells whether it can run here. Changes nothing, needs no `start`, and never throws for what it finds. */
  probe(): Promise<ProbeReport>;

  /**
   * Resolves once events flow and lookups are valid. Core has no more use for the method if it rejects, and calls `stop`.
   *
   * @throws ProcmonError `METHOD_UNAVAILABLE` where it cannot run here.
   */
  start(host: MethodHost): Promise<void>;

  /** Gives back every resource, of the kernel's above all. Idempotent, also before or during `start`. */
  stop(): Promise<void>;

  /**
   * The owner of a connection. The tuple has been checked: the protocol is known, addresses are in their
   * canonical form (IPv4-mapped ones as `::ffff:a.b.c.d`), `netns` is set. Never rejects for a connection that is not there.
   */
  findOwner(connection: CheckedConnection): Promise<Ownership>;

  /** All sockets with their owners. Without it, `monitor.snapshot()` reads `/proc` itself. */
  snapshot?(options?: SnapshotOptions): AsyncIterable<SocketEntry>;

  /** How many bytes each process has moved so far. A method that does not count has no such function. */
  traffic?(): Promise<Traffic>;

  /** How much of the machine the last lookup or snapshot could see. */
  visibility?(): Visibility;

  /** Counters of its own, for `monitor.stats()`. Names are in camelCase. */
  stats?(): Readonly<Record<string, number>>;
}

/** Makes a method. Takes no resource: that is for `start`. */
export type MethodFactory<Options = never> = (options?: Options) => MonitorMethod;

/** A tuple that has passed core's check. */
export type CheckedConnection = ConnectionTuple & { readonly netns: number };

/** Which sockets a snapshot holds. */
export interface SnapshotOptions {
  /** Socket families. @default all */
  readonly families?: readonly SocketEntry["family"][];
  readonly signal?: AbortSignal;
}

/** What core hands a method. */
export interface MethodHost {
  /** Where `/proc` is. Every reader takes it. */
  readonly procfs: Procfs;
  readonly processes: ProcessStore;
  /** Finds processes by pid, and tells whether an identity is still the same process with the same image. */
  readonly finder: ProcessFinder;
  readonly inodes: InodeCache;
  readonly pids: PidCache;
  /** Hands over what the method saw. Never blocks and never throws. */
  emit(event: EmittedEvent): void;
  /** True while somebody reads events of this type: what nobody reads need not be looked for. */
  wants(type: ObservedEventType): boolean;
  /** Tells of events that were produced and could not be delivered. */
  lost(loss: Loss): void;
  /** Tells that the running method can go on no more; core falls back or restarts. */
  fail(cause: unknown): void;
  readonly log: Logger;
  /** Aborted when the method is to stop. */
  readonly signal: AbortSignal;
  /** Whether the environment of processes is to be collected: it holds secrets. */
  readonly captureEnv: boolean;
}

/** Events that did not arrive. */
export interface Loss {
  readonly source: string;
  readonly cause: string;
  readonly eventType?: MonitorEventType;
  readonly count: number;
}

/** Where messages for a developer go. */
export interface Logger {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}
