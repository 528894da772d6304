import { type ProcessIdentity, readLazySnapshot, type SocketEntry, type Visibility } from "@procmon/core";
import { createPollLoop } from "../events/poll-loop.ts";
import { createProcessWatch } from "../events/process-watch.ts";
import { createSocketPoller } from "../events/socket-poller.ts";
import { createConnectionTables } from "../lookup/connection-tables.ts";
import { createNamespaceDirectory } from "../lookup/namespace-directory.ts";
import { createOwnerLookup } from "../lookup/owner-lookup.ts";
import { createSocketIndex } from "../lookup/socket-index.ts";
import { findNative, type NativeFound } from "../native-access.ts";
import { createEventOutbox } from "./event-outbox.ts";
import type { OwnerAnswer, ScanReply, ScanRequest, ScanSettings } from "./scan-messages.ts";
import { createScanSources } from "./scan-sources.ts";

/** Answers requests. All its work blocks the thread that it runs in: see `scan-worker.ts`. */
export interface ScanService {
  handle(request: ScanRequest): void;
  /** Stops all timers. */
  stop(): void;
}

/** Entries in one message: about 1 ms of work for the thread that reads them. */
const BATCH = 256;

/** Processes remembered because they lately held a socket that was asked for. */
const RECENT = 16;

/** With many events, the counters are told so often. */
const COUNTERS_MS = 50;

/** Milliseconds in which what the kernel has told comes, and is made sure of. */
const SETTLE_MS = 80;

type Lookup = Extract<ScanRequest, { type: "lookup" }>;

/** What is said where the native half is not to be used. */
const UNWANTED: NativeFound = {
  reason: "It was told to go without native code.",
  remedy: "Leave out native: false.",
};

/** Makes a service that replies by `post`. */
export async function createScanService(
  { procfs, captureEnv, pollMs, native: wantNative, processEvents, connectorBufferBytes }: ScanSettings,
  post: (reply: ScanReply) => void,
): Promise<ScanService> {
  const found = wantNative ? await findNative() : UNWANTED;
  const { native } = found;
  const namespaces = createNamespaceDirectory(procfs);
  const sources = createScanSources(procfs, native);
  const tables = createConnectionTables(procfs, namespaces, sources.tables);
  const index = createSocketIndex(procfs, sources.scan);
  const owners = createOwnerLookup({ procfs, namespaces, tables, index });
  const outbox = createEventOutbox(post);
  const processes = createProcessWatch({
    procfs,
    captureEnv,
    native: found,
    wanted: processEvents,
    bufferBytes: connectorBufferBytes,
    emit(events) {
      outbox.push(events);
      countersTimer ??= setTimeout(postCounters, COUNTERS_MS).unref();
    },
    mayEmit: () => !outbox.isFull,
    lost: (loss) => post({ type: "lost", loss }),
    onSource(source) {
      post({ type: "source", source });
      postCounters();
      loop.wake();
    },
  });
  const sockets = createSocketPoller({ procfs, namespaces, index, tables: sources.tables });
  const loop = createPollLoop({
    processes,
    sockets,
    pollMs,
    recent: () => recent,
    emit: outbox.push,
    onRound: postCounters,
  });
  const snapshots = new Map<number, Iterator<SocketEntry>>();
  let recent: readonly ProcessIdentity[] = [];
  let waiting: Lookup[] = [];
  /** Ends the watch at once that is about to end. */
  let lastWatch: (() => void) | undefined;
  let countersTimer: NodeJS.Timeout | undefined;

  /** Answers all lookups that came in while the last ones were worked on: they share what is read. */
  function answerWaiting(): void {
    const requests = waiting;
    waiting = [];
    if (requests.length === 0) return;
    const asked = requests.flatMap((request) => request.connections);
    const hints = [...requests.flatMap((request) => request.recent), ...recent];
    let answers: OwnerAnswer[];
    try {
      answers = owners.lookup(asked, hints);
    } catch (error) {
      for (const { id } of requests) post({ type: "failed", id, error });
      return;
    }
    remember(answers);
    postCounters();
    const visibility = owners.visibility && plainVisibility(owners.visibility);
    let at = 0;
    for (const { id, connections } of requests) {
      const own = answers.slice(at, at + connections.length);
      at += connections.length;
      post({ type: "answers", id, answers: own, ...(visibility ? { visibility } : {}) });
    }
  }

  function remember(answers: readonly OwnerAnswer[]): void {
    const found = answers.flatMap(({ ownership }) => (ownership.kind === "process" ? ownership.owners : []));
    if (found.length === 0) return;
    const byPid = new Map([...found.reverse(), ...recent].map(({ pid, startTime }) => [pid, { pid, startTime }]));
    recent = [...byPid.values()].slice(0, RECENT);
  }

  function openSnapshot({ id, families }: Extract<ScanRequest, { type: "snapshot" }>): void {
    const { sockets: entries, visibility } = readLazySnapshot(procfs, families ? { families } : {}, sources);
    snapshots.set(id, entries[Symbol.iterator]());
    postCounters();
    postBatch(id, visibility);
  }

  function postBatch(id: number, visibility?: Visibility): void {
    const iterator = snapshots.get(id);
    if (!iterator) return;
    const entries: SocketEntry[] = [];
    let done = false;
    while (!done && entries.length < BATCH) {
      const next = iterator.next();
      if (next.done) done = true;
      else entries.push(next.value);
    }
    if (done) snapshots.delete(id);
    post({ type: "entries", id, entries, done, ...(visibility ? { visibility } : {}) });
  }

  function postCounters(): void {
    clearTimeout(countersTimer);
    countersTimer = undefined;
    post({
      type: "counters",
      counters: {
        passes: index.passes,
        tableReads: tables.reads,
        ...sources.counters,
        polls: loop.rounds,
        connector: processes.source.how === "connector" ? 1 : 0,
        ...processes.counters,
      },
    });
  }

  function watch({ id, processes, sockets, live }: Extract<ScanRequest, { type: "watch" }>): void {
    loop.watch(processes, sockets, live);
    outbox.setLive(live);
    if (!processes && !sockets) outbox.clear();
    post({ type: "watching", id });
  }

  function endLater(request: Extract<ScanRequest, { type: "watch" }>): void {
    const run = (): void => {
      clearTimeout(timer);
      lastWatch = undefined;
      watch(request);
    };
    const timer = setTimeout(run, SETTLE_MS);
    lastWatch = run;
  }

  function dispatch(request: ScanRequest): void {
    switch (request.type) {
      case "lookup":
        if (waiting.push(request) === 1) setImmediate(answerWaiting);
        break;
      case "snapshot":
        openSnapshot(request);
        break;
      case "next":
        postBatch(request.id);
        break;
      case "cancel":
        snapshots.delete(request.id);
        break;
      case "taken":
        outbox.taken(request.count, request.bytes);
        if (!outbox.isFull) processes.resume();
        break;
      case "watch":
        lastWatch?.();
        // What has happened before is still on its way from the kernel.
        if (request.processes || processes.isPolling || !processes.isWatching) watch(request);
        else endLater(request);
        break;
    }
  }

  sources.warmUp();
  post({ type: "source", source: processes.source });
  postCounters();
  return {
    handle(request) {
      try {
        dispatch(request);
      } catch (error) {
        snapshots.delete(request.id);
        post({ type: "failed", id: request.id, error });
      }
    },
    stop() {
      lastWatch?.();
      loop.watch(false, false, false);
      clearTimeout(countersTimer);
      snapshots.clear();
      sources.close();
      waiting = [];
    },
  };
}

function plainVisibility({ pidsReadable, pidsTotal, hiddenBy }: Visibility): Visibility {
  return { pidsReadable, pidsTotal, hiddenBy };
}
