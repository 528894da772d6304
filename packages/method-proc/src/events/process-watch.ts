import type { Loss, Procfs } from "@procmon/core";
import { createConnectorFeed, type FeedCounters } from "../connector/connector-feed.ts";
import { type Refusal, tryConnector } from "../connector/connector-stream.ts";
import type { NativeFound } from "../native-access.ts";
import type { ProcessEventsOption, ProcessSource, ScannedEvent } from "../scan/scan-messages.ts";
import { createProcessPoller } from "./process-poller.ts";
import { createProcessTable } from "./process-table.ts";

/** Finds out what processes do: from the kernel where it tells, else by looking again and again. */
export interface ProcessWatch {
  /** Remembers what is there. All that happens from then on will be told. */
  start(): void;
  /** Tells what it has, and stops. */
  stop(): void;
  /** A round of polling, where it polls. */
  round(): void;
  /** There is room for events again. */
  resume(): void;
  /** Processes that are new, or run another executable, since the last time. */
  takeNewPids(): readonly number[];
  /** True between `start` and `stop`. */
  readonly isWatching: boolean;
  /** True if `round` has to be called again and again. */
  readonly isPolling: boolean;
  readonly source: ProcessSource;
  readonly counters: FeedCounters;
}

/** What a watch works with. */
export interface ProcessWatchParts {
  readonly procfs: Procfs;
  readonly captureEnv: boolean;
  readonly native: NativeFound;
  readonly wanted: ProcessEventsOption;
  readonly bufferBytes?: number | undefined;
  emit(events: readonly ScannedEvent[]): void;
  /** False while there is no room for events; `resume` is called then as soon as there is. */
  mayEmit(): boolean;
  lost(loss: Loss): void;
  /** It comes from elsewhere from now on. */
  onSource(source: ProcessSource): void;
}

/** Bytes of datagrams that the kernel holds: 20,000 events. It takes memory only for what waits. */
const BUFFER_BYTES = 16 * 1024 * 1024;

/** Milliseconds until a subscription that broke off is tried again, at first and at most. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

/** New processes that are remembered between two rounds; with more, any of them is as likely as another. */
const NEW_PIDS = 256;

const NONE: FeedCounters = { kernelEvents: 0, kernelLost: 0, resubscriptions: 0, reconciliations: 0, unreadExecs: 0 };

/** Makes a watch that stands still. Whether the kernel tells is found out now. */
export function createProcessWatch(parts: ProcessWatchParts): ProcessWatch {
  const { procfs, captureEnv, wanted, emit, mayEmit, lost, onSource } = parts;
  const table = createProcessTable();
  const poller = createProcessPoller(procfs, table, captureEnv);
  const { native } = parts.native;
  const newPids = new Set<number>();
  const refusal =
    wanted === "poll" ? {} : parts.native.native ? tryConnector(parts.native.native, procfs) : parts.native;
  const feed = native && wanted !== "poll" && refusal === undefined ? makeFeed(native) : undefined;
  let source: ProcessSource = feed ? { how: "connector" } : polled(refusal);
  let isWatching = false;
  let isStarting = false;
  let retryAt = 0;
  let retryMs = FIRST_RETRY_MS;

  function makeFeed(native: NonNullable<NativeFound["native"]>) {
    return createConnectorFeed({
      native,
      procfs,
      captureEnv,
      receiveBufferBytes: parts.bufferBytes ?? BUFFER_BYTES,
      table,
      emit,
      mayEmit,
      lost,
      onNew: (pid) => void (newPids.size < NEW_PIDS && newPids.add(pid)),
      seed: () => (isStarting ? poller.seed() : undefined),
      reconcile: () => poller.reconcile(),
      onFailure: (error) => fallBack({ reason: `The proc connector failed: ${error.message}.` }),
    });
  }

  function setSource(next: ProcessSource): void {
    source = next;
    onSource(next);
  }

  function fallBack(why: Partial<Refusal>): void {
    retryAt = performance.now() + retryMs;
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    setSource(polled(why));
  }

  /** Returns true if the kernel tells again. */
  function retry(): boolean {
    if (feed === undefined || performance.now() < retryAt) return false;
    const refused = feed.start();
    if (refused !== undefined) {
      fallBack(refused);
      return false;
    }
    emit(poller.reconcile());
    retryMs = FIRST_RETRY_MS;
    setSource({ how: "connector" });
    return true;
  }

  return {
    get isWatching() {
      return isWatching;
    },
    get isPolling() {
      return isWatching && feed?.isActive !== true;
    },
    get source() {
      return source;
    },
    get counters() {
      return feed?.counters ?? NONE;
    },
    start() {
      isWatching = true;
      table.clear();
      isStarting = true;
      const refused = feed?.start();
      isStarting = false;
      if (refused !== undefined) fallBack(refused);
      else if (feed !== undefined && source.how !== "connector") setSource({ how: "connector" });
      if (feed?.isActive !== true) poller.seed();
    },
    stop() {
      isWatching = false;
      feed?.stop();
      table.clear();
      newPids.clear();
    },
    round() {
      if (!isWatching || feed?.isActive || retry()) return;
      const events = poller.poll();
      for (const pid of poller.newPids) newPids.add(pid);
      emit(events);
    },
    resume: () => feed?.resume(),
    takeNewPids() {
      const pids = [...newPids];
      newPids.clear();
      return pids;
    },
  };
}

function polled(why: Partial<Refusal> = {}): ProcessSource {
  const { reason, remedy } = why;
  return { how: "poll", ...(reason === undefined ? {} : { reason }), ...(remedy === undefined ? {} : { remedy }) };
}
