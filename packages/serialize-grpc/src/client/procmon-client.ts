import type { ConnectionTuple, Ownership, Process, Snapshot } from "@procmon/core";
import type { StatsResponse } from "../generated/procmon/v1/service_pb.js";
import type { ClientTls } from "./channel.ts";
import type { WatchFilter } from "./watch-request.ts";
import type { WatchStream } from "./watch-stream.ts";

/** Options of `connectProcmon`. */
export interface ConnectOptions {
  /** `unix:///path` or `tcp://host:port`, as the service was told to listen. @default where `procmon serve` of this user listens */
  readonly address?: string;
  /** Certificates, all in PEM. @default none, as on a unix socket */
  readonly tls?: ClientTls;
  /** Milliseconds that a call may take, and the beginning of `watch`; the service gives up after 30 seconds. @default 30000 */
  readonly timeoutMs?: number;
}

/** Options of every call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds that the call may take. @default as the client was told */
  readonly timeoutMs?: number;
}

/** Options of `watch`. */
export interface WatchOptions extends WatchFilter {
  /** With the environment of processes; it holds secrets, and the service must allow it. @default false */
  readonly env?: boolean;
  /** Ends the stream when aborted, at once and without an error. */
  readonly signal?: AbortSignal;
  /** Milliseconds in which the service must begin; then a watch may last for ever. @default as the client was told */
  readonly timeoutMs?: number;
}

/**
 * A running Procmon, somewhere else. Connects with the first call, and again with the next where the connection was lost. Every
 * call throws a ProcmonError: `SERVICE_UNAVAILABLE` where the service cannot be reached, is lost, or did not answer in time;
 * `INVALID_MESSAGE` where it answers garbage, `INVALID_OPTION` for options that are none. Where a call's signal is aborted, it throws the signal's reason.
 */
export interface ProcmonClient extends Disposable {
  /** Where the service is. */
  readonly address: string;
  /**
   * What happens from now on. A reader that is too slow loses events inside the service, and a `lost` event tells where and how
   * many. Events of a kind that only a newer version knows are passed over.
   *
   * @throws ProcmonError `INVALID_OPTION` at once; where the service does not give the environment, the stream throws `NOT_SUPPORTED`.
   */
  watch(options?: WatchOptions): WatchStream;
  /** @throws ProcmonError `INVALID_CONNECTION` for a tuple that cannot exist. */
  findOwner(connection: ConnectionTuple, options?: CallOptions): Promise<Ownership>;
  /**
   * Undefined where there is no such process.
   *
   * @throws ProcmonError `INVALID_PID`; `NOT_SUPPORTED` where the service does not give the environment that is asked for.
   */
  findProcess(pid: number, options?: CallOptions & { readonly env?: boolean }): Promise<Process | undefined>;
  snapshot(options?: CallOptions): Promise<Snapshot>;
  /** Counters of the monitor and of the service, as the message procmon.v1.StatsResponse. */
  stats(options?: CallOptions): Promise<StatsResponse>;
  /** Ends all calls, streams without an error, and closes the connection. Idempotent. */
  close(): void;
}
