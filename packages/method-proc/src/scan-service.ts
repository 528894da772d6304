import { type ProcessIdentity, readLazySnapshot, type SocketEntry, type Visibility } from "@procmon/core";
import { createConnectionTables } from "./connection-tables.ts";
import { createNamespaceDirectory } from "./namespace-directory.ts";
import { createOwnerLookup } from "./owner-lookup.ts";
import { createPollLoop } from "./poll-loop.ts";
import { createProcessPoller } from "./process-poller.ts";
import type { OwnerAnswer, ScanReply, ScanRequest, ScanSettings } from "./scan-messages.ts";
import { createSocketIndex } from "./socket-index.ts";
import { createSocketPoller } from "./socket-poller.ts";

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

type Lookup = Extract<ScanRequest, { type: "lookup" }>;

/** Makes a service that replies by `post`. */
export function createScanService(
  { procfs, captureEnv, pollMs }: ScanSettings,
  post: (reply: ScanReply) => void,
): ScanService {
  const namespaces = createNamespaceDirectory(procfs);
  const tables = createConnectionTables(procfs, namespaces);
  const index = createSocketIndex(procfs);
  const owners = createOwnerLookup({ procfs, namespaces, tables, index });
  const processes = createProcessPoller(procfs, captureEnv);
  const sockets = createSocketPoller({ procfs, namespaces, index });
  const loop = createPollLoop({ processes, sockets, pollMs, recent: () => recent, post, onRound: postCounters });
  const snapshots = new Map<number, Iterator<SocketEntry>>();
  let recent: readonly ProcessIdentity[] = [];
  let waiting: Lookup[] = [];

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
    const { sockets: entries, visibility } = readLazySnapshot(procfs, families ? { families } : {});
    snapshots.set(id, entries[Symbol.iterator]());
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
    post({ type: "counters", counters: { passes: index.passes, tableReads: tables.reads, polls: loop.rounds } });
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
      case "watch":
        loop.watch(request.processes, request.sockets, request.live);
        post({ type: "watching", id: request.id });
        break;
    }
  }

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
      loop.watch(false, false, false);
      snapshots.clear();
      waiting = [];
    },
  };
}

function plainVisibility({ pidsReadable, pidsTotal, hiddenBy }: Visibility): Visibility {
  return { pidsReadable, pidsTotal, hiddenBy };
}
