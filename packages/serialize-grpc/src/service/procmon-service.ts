import type { Logger, Monitor } from "@procmon/core";
import { ProcmonError } from "@procmon/core";
import { SnapshotRequestSchema, StatsRequestSchema } from "../generated/procmon/v1/service_pb.js";
import { encodeOwnership } from "../procmon-v1/encode-ownership.ts";
import { encodeProcess } from "../procmon-v1/encode-process.ts";
import type { ClientQueueOptions } from "./client-queue.ts";
import { parseRequest, readFindOwnerRequest, readFindProcessRequest } from "./lookup-requests.ts";
import { createLookups, stopped } from "./lookups.ts";
import { asField } from "./queued-event.ts";
import { ServiceError, STATUS } from "./service-error.ts";
import { snapshotMessages } from "./snapshot-messages.ts";
import { statsMessage } from "./stats-message.ts";
import { createWatchHub } from "./watch-hub.ts";
import { readWatchRequest } from "./watch-request.ts";

/** procmon.v1.Procmon without a transport: requests and responses are the bytes of its messages. `statusOf` tells of errors. */
export interface ProcmonService {
  /**
   * Each message is a WatchResponse; the first one has `start`. Nothing is taken from the queue until the next is asked for.
   * Ends when the signal is aborted, the loop is left, or the monitor stops.
   */
  watch(request: Uint8Array, signal: AbortSignal): AsyncIterable<Buffer>;
  findOwner(request: Uint8Array): Promise<Buffer>;
  findProcess(request: Uint8Array): Promise<Buffer>;
  /** Each message is a SnapshotResponse; the first one has `start`. */
  snapshot(request: Uint8Array, signal: AbortSignal): AsyncIterable<Buffer>;
  stats(request: Uint8Array): Promise<Buffer>;
  /** Ends all calls. Idempotent; the monitor goes on. */
  stop(): Promise<void>;
}

/** Options of `createProcmonService`. */
export interface ProcmonServiceOptions {
  /** Give the environment of processes to clients who ask for it; it holds secrets. @default false */
  readonly env?: boolean;
  /** Calls of Watch at one time. @default 256 */
  readonly maxWatches?: number;
  /** Lookups and snapshots at one time. @default 64 */
  readonly maxLookups?: number;
  /** Milliseconds that one of them may take. @default 30000 */
  readonly lookupTimeLimitMs?: number;
  /** What waits for one watcher. */
  readonly queue?: ClientQueueOptions;
  /**
   * Bytes of memory of the events that wait for all watchers together; beyond, the one for whom most waits loses. An event that waits for several
   * is there once, or twice where some have asked for the environment. @default 128 MiB
   */
  readonly maxQueuedBytes?: number;
  /** How many connections are open, for `stats`. @default none */
  clients?(): number;
  /** @default silent */
  readonly log?: Logger;
}

/** FindOwnerResponse.ownership and FindProcessResponse.process */
const FIRST = 1;

const silence = (): void => {};
/** Says nothing. */
export const SILENT: Logger = { debug: silence, info: silence, warn: silence, error: silence };

/** Makes the service of a monitor, which its caller starts and stops. */
export function createProcmonService(monitor: Monitor, options: ProcmonServiceOptions = {}): ProcmonService {
  const { env = false, maxWatches = 256, maxLookups = 64, lookupTimeLimitMs = 30_000, log = SILENT } = options;
  const { queue, maxQueuedBytes = 128 * 1024 * 1024 } = options;
  const hub = createWatchHub({ monitor, maxWatches, queue, maxQueuedBytes, log });
  const lookups = createLookups({ limit: maxLookups, timeLimitMs: lookupTimeLimitMs });
  let isStopped = false;

  function checkRunning(): void {
    if (isStopped) throw stopped();
    monitor.signal.throwIfAborted();
  }

  function checkEnv(wanted: boolean): void {
    if (wanted && !env) throw environmentRefused();
  }

  return {
    watch(request, signal) {
      const wish = readWatchRequest(request);
      checkEnv(wish.env);
      checkRunning();
      return hub.open(wish, signal);
    },

    async findOwner(request) {
      const connection = readFindOwnerRequest(request);
      const ownership = await lookups.run(() => monitor.findOwner(connection));
      return asField(FIRST, encodeOwnership(ownership));
    },

    async findProcess(request) {
      const wish = readFindProcessRequest(request);
      checkEnv(wish.env);
      const process = await lookups.run(() => monitor.findProcess(wish.pid));
      if (process === undefined) throw new ServiceError(STATUS.NOT_FOUND, `There is no process ${wish.pid}.`);
      return asField(FIRST, encodeProcess(process, { env: wish.env }));
    },

    snapshot(request, signal) {
      parseRequest(SnapshotRequestSchema, request);
      checkRunning();
      return snapshotMessages({ lookup: lookups.begin(), signal, take: (over) => monitor.snapshot({ signal: over }) });
    },

    async stats(request) {
      parseRequest(StatsRequestSchema, request);
      const clients = options.clients?.() ?? 0;
      return statsMessage(monitor.stats(), { clients, watches: hub.watches, sent: hub.sent, lost: hub.lost });
    },

    async stop() {
      isStopped = true;
      hub.close();
      lookups.stop();
    },
  };
}

function environmentRefused(): ProcmonError {
  return new ProcmonError({
    code: "NOT_SUPPORTED",
    message: "This server does not give the environment of processes, which holds secrets.",
    remedy: "Ask without it, or start the server with --env.",
  });
}
