import type {
  CheckedConnection,
  ConnectionTuple,
  Loss,
  Ownership,
  Process,
  ProcessIdentity,
  Procfs,
  SocketEntry,
  SocketFamily,
  Visibility,
} from "@procmon/core";

/** What the scanner is told when it is made. */
export interface ScanSettings {
  readonly procfs: Procfs;
  readonly captureEnv: boolean;
  readonly pollMs: number;
  /** Whether `@procmon/native` is to be used where it is there. */
  readonly native: boolean;
  readonly processEvents: ProcessEventsOption;
  /** Bytes that the kernel holds of its process events. @default 16 MiB */
  readonly connectorBufferBytes?: number;
}

/** Where process events are wanted from. */
export type ProcessEventsOption = "auto" | "connector" | "poll";

/** Where process events come from, and where not from the kernel although they may, why. */
export type ProcessSource =
  | { readonly how: "connector" }
  | { readonly how: "poll"; readonly reason?: string; readonly remedy?: string };

/** What the scanner is asked. `id` ties a reply to its request. */
export type ScanRequest =
  | {
      readonly type: "lookup";
      readonly id: number;
      readonly connections: readonly CheckedConnection[];
      /** Processes that were active lately: looked at first. */
      readonly recent: readonly ProcessIdentity[];
    }
  | { readonly type: "snapshot"; readonly id: number; readonly families?: readonly SocketFamily[] }
  /** The reader of a snapshot has room for the next batch. */
  | { readonly type: "next"; readonly id: number }
  | { readonly type: "cancel"; readonly id: number }
  /** So many events have been taken: there is room for as many more. */
  | { readonly type: "taken"; readonly id: number; readonly count: number; readonly bytes: number }
  /** Which events are to be looked for from now on, and whether they are told yet. Answered by `watching`. */
  | {
      readonly type: "watch";
      readonly id: number;
      readonly processes: boolean;
      readonly sockets: boolean;
      readonly live: boolean;
    };

/** An owner, and what the reader needs in order to remember it. */
export interface OwnerAnswer {
  readonly ownership: Ownership;
  /** The socket, where the answer is about one alone. */
  readonly inode?: number;
}

/** A process event as the scanner sees it. Times are nanoseconds since the epoch. */
export interface ScannedProcessEvent {
  readonly type: "exec" | "fork" | "exit";
  readonly time: bigint;
  /** As much as could be read in time. */
  readonly process: Process;
  /** True where it was read whole, at a moment at which it ran this very image. */
  readonly whole?: true;
  /** When its parent started, where that is known. */
  readonly parentStart?: bigint;
  /** Of an exit. */
  readonly exitCode?: number;
  readonly signal?: number;
}

/** A process has changed its name or its ids: nobody is told, but what is known of it is brought up to date. */
export interface ScannedChange {
  readonly type: "change";
  readonly time: bigint;
  readonly identity: ProcessIdentity;
  readonly facts: Partial<Process>;
}

/** A connection event as the scanner sees it. */
export interface ScannedConnectionEvent {
  readonly type: "connect" | "accept" | "listen" | "flow" | "close";
  readonly time: bigint;
  readonly connection: ConnectionTuple;
  readonly ownership: Ownership;
  /** Nanoseconds, of a `close` whose beginning was seen. */
  readonly duration?: bigint;
}

/** An event before core knows of it. */
export type ScannedEvent = ScannedProcessEvent | ScannedConnectionEvent | ScannedChange;

/** What the scanner says. */
export type ScanReply =
  | { readonly type: "ready" }
  | {
      readonly type: "answers";
      readonly id: number;
      readonly answers: readonly OwnerAnswer[];
      readonly visibility?: Visibility;
    }
  | {
      readonly type: "entries";
      readonly id: number;
      readonly entries: readonly SocketEntry[];
      readonly done: boolean;
      readonly visibility?: Visibility;
    }
  | { readonly type: "watching"; readonly id: number }
  | { readonly type: "events"; readonly events: readonly ScannedEvent[] }
  | { readonly type: "lost"; readonly loss: Loss }
  /** Where process events come from, from now on. */
  | { readonly type: "source"; readonly source: ProcessSource }
  | { readonly type: "counters"; readonly counters: ScanCounters }
  /** The request failed; the scanner goes on. */
  | { readonly type: "failed"; readonly id: number; readonly error: unknown };

/** What the scanner has done so far. */
export interface ScanCounters {
  /** Passes over the descriptors of all processes, for lookups and events. */
  readonly passes: number;
  /** Passes that were native, also those for snapshots. */
  readonly nativePasses: number;
  /** Socket tables that lookups read from `/proc`. */
  readonly tableReads: number;
  /** Questions to sock_diag(7): for one socket, for a table or a part of it, and those that failed, so that `/proc` was read. */
  readonly exactQueries: number;
  readonly diagDumps: number;
  readonly diagFailures: number;
  /** Rounds of polling. */
  readonly polls: number;
  /** 1 while the kernel tells of processes, 0 while they are polled. */
  readonly connector: number;
  /** Process events that the kernel told. */
  readonly kernelEvents: number;
  /** Process events that the kernel had no room for. */
  readonly kernelLost: number;
  /** How often the kernel was asked again to tell. */
  readonly resubscriptions: number;
  /** How often all processes were looked at to make up for a loss. */
  readonly reconciliations: number;
  /** Executables that began and of which path or arguments could not be read in time. */
  readonly unreadExecs: number;
}
