import type { CacheStats } from "../cache/cache-stats.ts";
import type { ConnectionTuple } from "../connection/connection-tuple.ts";
import type { Ownership } from "../connection/ownership.ts";
import type { MonitorEvent, MonitorEventType } from "../event/monitor-event.ts";
import type { MethodCapabilities } from "../method/capabilities.ts";
import type { MethodSpecifier } from "../method/method-specifier.ts";
import type { Logger, SnapshotOptions } from "../method/monitor-method.ts";
import type { Traffic } from "../method/traffic.ts";
import type { Hasher } from "../plugin/hasher.ts";
import type { Serializer } from "../plugin/serializer.ts";
import type { Process } from "../process/process.ts";
import type { ProcessStore, ProcessStoreStats } from "../process/process-store.ts";
import type { Procfs } from "../procfs/procfs.ts";
import type { Snapshot } from "../sockets/socket-entry.ts";

/** Something that adds to a monitor. */
export type Plugin = Hasher | Serializer;

/** Options of `createMonitor`. */
export interface MonitorOptions {
  /** Tried in this order. @default ["ebpf", "audit", "proc"] */
  readonly methods?: readonly MethodSpecifier[];
  /** Allow only the first of `methods`. @default false */
  readonly strict?: boolean;
  /** Collect the environment of processes; it holds secrets. @default false */
  readonly captureEnv?: boolean;
  /** @default { root: "/proc" } */
  readonly procfs?: Procfs;
  /** Stops the monitor when aborted. */
  readonly signal?: AbortSignal;
  /** @default silent */
  readonly log?: Logger;
  /** Processes in the store. @default 16384 */
  readonly processCapacity?: number;
  /** Connections in the inode cache. @default 16384 */
  readonly connectionCapacity?: number;
  /** Milliseconds that an ended process is kept. @default 10000 */
  readonly graceMs?: number;
  /** Milliseconds between two sweeps of the caches. @default 5000 */
  readonly sweepMs?: number;
  /** The base for relative paths and the first place whose `node_modules` is searched for methods. @default the working directory */
  readonly from?: string;
}

/** A method that was asked for and does not run. */
export interface SkippedMethod {
  readonly method: string;
  /** Why, in words for the user. */
  readonly reason: string;
  /** What would help. */
  readonly remedy?: string;
  /** The code of the error, for example `METHOD_NOT_INSTALLED`. */
  readonly code: string;
}

/** What runs, and what does not. */
export interface StartReport {
  readonly method: string;
  /** In the order they were asked for. */
  readonly requested: readonly string[];
  readonly skipped: readonly SkippedMethod[];
  readonly capabilities: MethodCapabilities;
}

/** Options of `monitor.events()`. */
export interface EventsOptions {
  /** With these come the `lost` events that concern them, or unknown types. @default every type */
  readonly types?: readonly MonitorEventType[];
  /** Ends the stream when aborted, at once and without an error. */
  readonly signal?: AbortSignal;
  /**
   * Events that wait for a slow reader, as far as 64 MiB hold them; older ones then make room, and a `lost` event tells how
   * many. @default 8192
   */
  readonly capacity?: number;
}

/**
 * The events of one reader. Ends when the monitor stops, after what is queued then; when the signal is aborted or the loop is
 * left, at once. While `next()` waits, this Node.js process stays alive; a monitor alone does not keep it so.
 */
export interface EventStream extends AsyncIterableIterator<MonitorEvent>, AsyncDisposable {
  /** Events given to the reader, without the `lost` events that tell of its own queue. */
  readonly delivered: number;
  /** Events dropped because the reader was too slow. */
  readonly lost: number;
  return(): Promise<IteratorResult<MonitorEvent>>;
}

/** Counters since the monitor was made. */
export interface MonitorStats {
  readonly method: string | undefined;
  readonly events: {
    /** Emitted by the methods, by type. */
    readonly produced: Readonly<Record<string, number>>;
    /** Over all readers. */
    readonly delivered: number;
    /** Over all readers, and by the methods, by `source:cause`. */
    readonly lost: Readonly<Record<string, number>>;
  };
  readonly lookups: { readonly count: number; readonly byKind: Readonly<Record<Ownership["kind"], number>> };
  readonly processes: ProcessStoreStats;
  readonly inodes: CacheStats;
  readonly pids: CacheStats;
  /** The running method's own counters. */
  readonly methodStats: Readonly<Record<string, number>>;
}

/** Tells which process is behind a connection. Made by `createMonitor`. */
export interface Monitor extends AsyncDisposable {
  /** The name of the method that runs; undefined before `start` and after `stop`. */
  readonly method: string | undefined;
  readonly processes: ProcessStore;
  readonly signal: AbortSignal;

  /**
   * Starts the first method that can run. Calling it again gives the same report; after a failure it tries again.
   *
   * A method that fails later is started once more, unless it was given as an object, which can only be started once, or was restarted less
   * than a minute before; then the next one in order takes over. Lookups wait meanwhile.
   *
   * @throws ProcmonError `NO_METHOD` if none can; with `strict`, the error of the one method; `STOPPED`.
   */
  start(): Promise<StartReport>;
  /** Stops the method and ends all streams. Idempotent. */
  stop(): Promise<void>;
  /**
   * Changes the method while running. The old one goes on until the new one runs, and stays if that fails. No event comes
   * twice or is dropped uncounted; some may come a little out of order.
   *
   * @throws ProcmonError as the new method's failure; the old one runs on. `NOT_STARTED`, `STOPPED`.
   */
  switchMethod(method: MethodSpecifier): Promise<StartReport>;
  /**
   * The owner of a connection.
   *
   * @throws ProcmonError `INVALID_CONNECTION` for a tuple that cannot exist, `METHOD_FAILED`, `NOT_STARTED`, `STOPPED`.
   */
  findOwner(connection: ConnectionTuple): Promise<Ownership>;
  /**
   * A process, living or lately ended; undefined where there is none. Needs no `start`. With a hasher, its checksums too:
   * then it waits for these.
   *
   * @throws ProcmonError `INVALID_PID`, `STOPPED`.
   */
  findProcess(pid: number): Promise<Process | undefined>;
  /**
   * All sockets with their owners.
   *
   * @throws ProcmonError `METHOD_FAILED`, `NOT_STARTED`, `STOPPED`; the reason of `signal` when that is aborted.
   */
  snapshot(options?: SnapshotOptions): Promise<Snapshot>;
  /**
   * How many bytes each process has moved so far.
   *
   * @throws ProcmonError `NOT_SUPPORTED` where the method does not count, `METHOD_FAILED`, `NOT_STARTED`, `STOPPED`.
   */
  traffic(): Promise<Traffic>;
  /**
   * A stream of its own for each caller. It may be opened before `start`, and then sees everything; after `stop` it is empty.
   *
   * @throws ProcmonError `INVALID_OPTION`
   */
  events(options?: EventsOptions): EventStream;
  stats(): MonitorStats;
  /** What `use` was called with, in that order. */
  readonly plugins: readonly Plugin[];
  /** @throws ProcmonError `PLUGIN_INVALID`, `STOPPED` */
  use(plugin: Plugin): this;
}
