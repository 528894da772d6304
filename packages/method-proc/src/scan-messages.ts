import type {
  CheckedConnection,
  ConnectionTuple,
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
}

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
export type ScannedEvent = ScannedProcessEvent | ScannedConnectionEvent;

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
  | { readonly type: "counters"; readonly counters: ScanCounters }
  /** The request failed; the scanner goes on. */
  | { readonly type: "failed"; readonly id: number; readonly error: unknown };

/** What the scanner has done so far. */
export interface ScanCounters {
  /** Passes over the descriptors of all processes. */
  readonly passes: number;
  /** Socket tables read. */
  readonly tableReads: number;
  /** Rounds of polling. */
  readonly polls: number;
}
