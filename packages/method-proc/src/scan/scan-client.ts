import type { CheckedConnection, Loss, ProcessIdentity, SnapshotOptions, SocketEntry, Visibility } from "@procmon/core";
import { openInlineChannel, openWorkerChannel, type ScanListener } from "./scan-channel.ts";
import type {
  OwnerAnswer,
  ProcessSource,
  ScanCounters,
  ScannedEvent,
  ScanReply,
  ScanRequest,
  ScanSettings,
} from "./scan-messages.ts";

/** The scanner, as the thread sees it that asks. */
export interface ScanClient {
  /** Resolves once the scanner runs. */
  readonly ready: Promise<void>;
  /** Lookups of one turn of the event loop go out together, with the recent processes of the last. */
  lookup(connection: CheckedConnection, recent: readonly ProcessIdentity[]): Promise<OwnerAnswer>;
  snapshot(options?: SnapshotOptions): AsyncGenerator<SocketEntry, void, void>;
  /** Resolves once all that happens from then on will be seen; it is told only while `live`. */
  watch(processes: boolean, sockets: boolean, live: boolean): Promise<void>;
  readonly visibility: Visibility | undefined;
  readonly counters: ScanCounters;
  /** Where process events come from; undefined until it is ready. */
  readonly source: ProcessSource | undefined;
  /** So many events have been handed over: the scanner may send as many more. */
  taken(count: number, bytes: number): void;
  /** Lets the scanner look for events no more, and resolves once all that it saw has come; at the latest after half a second. */
  drain(): Promise<void>;
  /** Ends the scanner; whoever waits for an answer gets an error. */
  close(): Promise<void>;
}

/** How a client is made. */
export interface ScanClientOptions extends ScanSettings {
  /** Whether the scanner runs in a thread of its own. */
  readonly worker: boolean;
  onEvents(events: readonly ScannedEvent[]): void;
  onLost(loss: Loss): void;
  /** Called before it is ready, and whenever process events come from elsewhere. */
  onSource(source: ProcessSource): void;
  /** The scanner is dead. */
  onDeath(cause: unknown): void;
}

interface Waiting {
  resolve(reply: ScanReply): void;
  reject(error: unknown): void;
}

type Answers = Extract<ScanReply, { type: "answers" }>;
type Entries = Extract<ScanReply, { type: "entries" }>;

/** Milliseconds for which the end waits for what the scanner still has to tell. */
const DRAIN_MS = 500;

const NOTHING_DONE: ScanCounters = {
  passes: 0,
  nativePasses: 0,
  tableReads: 0,
  exactQueries: 0,
  diagDumps: 0,
  diagFailures: 0,
  polls: 0,
  connector: 0,
  kernelEvents: 0,
  kernelLost: 0,
  resubscriptions: 0,
  reconciliations: 0,
  unreadExecs: 0,
};

/** Starts the scanner. */
export function createScanClient(options: ScanClientOptions): ScanClient {
  const { worker, onEvents, onLost, onSource, onDeath, ...settings } = options;
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let gathering: { connections: CheckedConnection[]; reply: Promise<ScanReply> } | undefined;
  let counters: ScanCounters = NOTHING_DONE;
  let visibility: Visibility | undefined;
  let source: ProcessSource | undefined;
  let ended: unknown;
  let isReady = false;
  let setReady: Waiting | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    setReady = { resolve: () => resolve(), reject };
  });
  ready.catch(() => {}); // Whoever awaits it hears of it.

  const listener: ScanListener = {
    onReply(reply) {
      if (reply.type === "ready") {
        isReady = true;
        setReady?.resolve(reply);
        channel.hold(waiting.size > 0);
      } else if (reply.type === "events") onEvents(reply.events);
      else if (reply.type === "lost") onLost(reply.loss);
      else if (reply.type === "source") {
        source = reply.source;
        onSource(source);
      } else if (reply.type === "counters") counters = reply.counters;
      else settle(reply);
    },
    onDeath(cause) {
      end(cause);
      onDeath(cause);
    },
  };
  const channel = worker ? openWorkerChannel(settings, listener) : openInlineChannel(settings, listener);

  function settle(reply: Extract<ScanReply, { id: number }>): void {
    const waiter = waiting.get(reply.id);
    if (!waiter) return;
    waiting.delete(reply.id);
    if (waiting.size === 0) channel.hold(false);
    if ("visibility" in reply && reply.visibility) visibility = reply.visibility;
    if (reply.type === "failed") waiter.reject(reply.error);
    else waiter.resolve(reply);
  }

  function end(cause: unknown): void {
    ended ??= cause;
    setReady?.reject(cause);
    for (const waiter of waiting.values()) waiter.reject(cause);
    waiting.clear();
  }

  function request<T extends ScanReply>(message: ScanRequest): Promise<T> {
    if (ended !== undefined) return Promise.reject(ended);
    return new Promise<ScanReply>((resolve, reject) => {
      waiting.set(message.id, { resolve, reject });
      channel.hold(true);
      channel.post(message);
    }) as Promise<T>;
  }

  return {
    ready,
    get visibility() {
      return visibility;
    },
    get counters() {
      return counters;
    },
    get source() {
      return source;
    },

    async lookup(connection, recent) {
      if (!gathering) {
        const connections: CheckedConnection[] = [];
        const reply = Promise.resolve().then(() => {
          gathering = undefined;
          const identities = recent.map(({ pid, startTime }) => ({ pid, startTime }));
          return request<Answers>({ type: "lookup", id: nextId++, connections, recent: identities });
        });
        gathering = { connections, reply };
      }
      const at = gathering.connections.push(connection) - 1;
      const { answers } = (await gathering.reply) as Answers;
      return answers[at] ?? { ownership: { kind: "none", reason: "not-found" } };
    },

    async *snapshot(snapshotOptions) {
      const { families, signal } = snapshotOptions ?? {};
      const id = nextId++;
      let open = true;
      try {
        signal?.throwIfAborted();
        let batch = await request<Entries>({ type: "snapshot", id, ...(families ? { families } : {}) });
        for (;;) {
          open = !batch.done;
          signal?.throwIfAborted();
          // The next one is made while this one is read.
          const next = batch.done ? undefined : request<Entries>({ type: "next", id });
          next?.catch(() => {});
          // Not `yield*`, which waits twice for each.
          for (const entry of batch.entries) yield entry;
          if (!next) return;
          batch = await next;
        }
      } finally {
        if (open && ended === undefined) channel.post({ type: "cancel", id });
      }
    },

    async watch(processes, sockets, live) {
      await request({ type: "watch", id: nextId++, processes, sockets, live });
    },

    taken(count, bytes) {
      if (ended === undefined) channel.post({ type: "taken", id: nextId++, count, bytes });
    },

    async drain() {
      if (!isReady || ended !== undefined) return;
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise((resolve) => {
        timer = setTimeout(resolve, DRAIN_MS);
      });
      // The answer comes after all that was told before it.
      const silenced = request({ type: "watch", id: nextId++, processes: false, sockets: false, live: false });
      await Promise.race([silenced.catch(() => {}), limit]);
      clearTimeout(timer);
    },

    async close() {
      end(new Error("The scanner was stopped."));
      await channel.close();
    },
  };
}
