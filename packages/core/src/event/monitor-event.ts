import type { ConnectionTuple } from "../connection/connection-tuple.ts";
import type { Ownership } from "../connection/ownership.ts";
import type { ObservedEventType } from "../method/capabilities.ts";
import type { Process } from "../process/process.ts";

interface EventBase {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** The method that saw it; of a checksum the hasher. */
  readonly method: string;
}

/** A process runs a new executable. */
export interface ExecEvent extends EventBase {
  readonly type: "exec";
  readonly process: Process;
}

/** A process has been made and runs its parent's executable still. */
export interface ForkEvent extends EventBase {
  readonly type: "fork";
  readonly process: Process;
}

/** A process has ended. */
export interface ExitEvent extends EventBase {
  readonly type: "exit";
  readonly process: Process;
  /** 0–255, where it is known and the process ended by itself. */
  readonly exitCode?: number;
  /** The signal's number, where one ended it. */
  readonly signal?: number;
}

interface ConnectionEventBase extends EventBase {
  readonly connection: ConnectionTuple;
  readonly ownership: Ownership;
  /** The first of `ownership.owners`, with all that is known of it. */
  readonly process?: Process;
}

/** A socket connects to a peer. */
export interface ConnectEvent extends ConnectionEventBase {
  readonly type: "connect";
  /** The errno's name where the connect failed, for example `ECONNREFUSED`. */
  readonly error?: string;
}

/** A listener has got a connection. */
export interface AcceptEvent extends ConnectionEventBase {
  readonly type: "accept";
}

/** A socket waits for connections. */
export interface ListenEvent extends ConnectionEventBase {
  readonly type: "listen";
}

/** A connection, a listener or a flow is over. */
export interface CloseEvent extends ConnectionEventBase {
  readonly type: "close";
  /** Nanoseconds since it began, where the beginning was seen. */
  readonly duration?: bigint;
  /** Payload of the socket's own layer. */
  readonly bytesSent?: bigint;
  /** Payload of the socket's own layer. */
  readonly bytesReceived?: bigint;
}

/** The first datagram between a socket and a peer. */
export interface FlowEvent extends ConnectionEventBase {
  readonly type: "flow";
}

/** Something was lost, and how much. */
export interface LostEvent extends EventBase {
  readonly type: "lost";
  /** Where: `subscriber` is the reader's own queue, else a word of the method's. */
  readonly source: string;
  /** Why: `full`, `overrun`, … */
  readonly cause: string;
  /** The type of what was lost, where it is known. */
  readonly eventType?: MonitorEventType;
  readonly count: number;
}

/** The checksums of a process that was told of as `pending` are known now, or will not be: `process.checksumStatus` tells. */
export interface ChecksumEvent extends EventBase {
  readonly type: "checksum";
  readonly process: Process;
}

/** A path holds another executable, or another script, than when it was last run. `process.checksums` has the new checksums. */
export interface ChecksumChangeEvent extends EventBase {
  readonly type: "checksum-change";
  /** The one that runs it now. */
  readonly process: Process;
  /** Of the file, as the process sees it. */
  readonly path: string;
  /** The checksums of what was run before, by the same keys. */
  readonly previous: Readonly<Record<string, string>>;
}

/** What happened to the method that runs. */
export type MethodChange = "start" | "fallback" | "switch" | "restart" | "failure" | "stop";

/** The method that runs has changed, or has not. */
export interface MethodEvent extends EventBase {
  readonly type: "method";
  readonly change: MethodChange;
  /** The method that ran before, or was asked for. */
  readonly from?: string;
  /** Why, in words for the user. */
  readonly reason?: string;
}

/** All that `monitor.events()` gives. */
export type MonitorEvent =
  | ExecEvent
  | ForkEvent
  | ExitEvent
  | ConnectEvent
  | AcceptEvent
  | ListenEvent
  | CloseEvent
  | FlowEvent
  | ChecksumEvent
  | ChecksumChangeEvent
  | LostEvent
  | MethodEvent;

/** The name of one kind of event. */
export type MonitorEventType = MonitorEvent["type"];

/** Every type of event. */
export const EVENT_TYPES: readonly MonitorEventType[] = [
  "exec",
  "fork",
  "exit",
  "connect",
  "accept",
  "listen",
  "close",
  "flow",
  "checksum",
  "checksum-change",
  "lost",
  "method",
];

/** The events that a hasher emits. */
export type HasherEvent = Omit<ChecksumEvent, "time" | "method"> | Omit<ChecksumChangeEvent, "time" | "method">;

type WithoutOrigin<E> = E extends unknown ? Omit<E, "time" | "method"> & { readonly time?: bigint } : never;

/** An event as a method emits it: core adds the method's name, and the time where the method knows none better than now. */
export type EmittedEvent = WithoutOrigin<Extract<MonitorEvent, { type: ObservedEventType }>>;
