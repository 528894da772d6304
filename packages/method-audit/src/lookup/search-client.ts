import type { CheckedConnection, Procfs, Visibility } from "@procmon/core";
import type { SearchAnswer } from "./owner-search.ts";
import { type OpenSearchChannel, openInlineChannel, openWorkerChannel, type SearchChannel } from "./search-channel.ts";
import type { SearchCounters, SearchReply } from "./search-messages.ts";

/** An answer, and when it was surely so. */
export interface DatedAnswer extends SearchAnswer {
  /** Nanoseconds since the epoch, before the search began. */
  readonly since: bigint;
  /** The last pid that had been given away by then. */
  readonly lastPid: number | undefined;
}

/** The searcher, as the thread sees it that asks. */
export interface SearchClient {
  /** Resolves once the searcher runs, or has died for good. Never rejects. */
  readonly ready: Promise<void>;
  /** Lookups of one turn of the event loop go out together. @throws ProcmonError or Error where the search failed, or was stopped */
  search(connection: CheckedConnection): Promise<DatedAnswer>;
  readonly visibility: Visibility | undefined;
  readonly counters: SearchCounters & { readonly searches: number; readonly searcherDeaths: number };
  /** Ends the searcher; whoever waits for an answer gets an error. */
  stop(): Promise<void>;
}

/** How a client is made. */
export interface SearchClientOptions {
  readonly procfs: Procfs;
  /** Whether the searcher looks for the native half. */
  readonly native: boolean;
  /** The ways to a searcher: each death takes the next one, the last one for good. @default three worker threads, then this thread */
  readonly channels?: readonly [OpenSearchChannel, ...OpenSearchChannel[]];
}

/** Lookups that went out together. */
interface Question {
  readonly connections: CheckedConnection[];
  since: bigint;
  resolve(reply: Answers): void;
  reject(error: unknown): void;
}

type Answers = Extract<SearchReply, { type: "answers" }>;

const NOTHING_DONE: SearchCounters = {
  passes: 0,
  nativePasses: 0,
  tableReads: 0,
  tableQueries: 0,
  tableDumps: 0,
  tableFailures: 0,
};

const CHANNELS = [openWorkerChannel, openWorkerChannel, openWorkerChannel, openInlineChannel] as const;

/** Starts the searcher. */
export function createSearchClient({ procfs, native, channels = CHANNELS }: SearchClientOptions): SearchClient {
  const waiting = new Map<number, Question>();
  let nextId = 1;
  let gathering: { connections: CheckedConnection[]; reply: Promise<Answers & { since: bigint }> } | undefined;
  let counters = NOTHING_DONE;
  let visibility: Visibility | undefined;
  let searches = 0;
  let deaths = 0;
  let ended: unknown;
  let channel: SearchChannel | undefined;
  let isReady = (): void => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });

  function onReply(reply: SearchReply): void {
    if (reply.type === "ready") {
      isReady();
      channel?.hold(waiting.size > 0);
      return;
    }
    const question = waiting.get(reply.id);
    if (!question) return;
    waiting.delete(reply.id);
    if (waiting.size === 0) channel?.hold(false);
    if (reply.type === "failed") {
      question.reject(reply.error);
      return;
    }
    counters = reply.counters;
    visibility = reply.visibility ?? visibility;
    question.resolve(reply);
  }

  /** Another one takes its place, and all that is not answered yet. */
  function onDeath(cause: unknown): void {
    channel = undefined;
    if (ended !== undefined) return;
    if (++deaths >= channels.length) {
      end(cause);
      return;
    }
    open();
    for (const [id, question] of waiting) post(id, question);
  }

  function open(): void {
    const openChannel = channels[deaths] ?? openInlineChannel;
    try {
      channel = openChannel({ procfs, native }, { onReply, onDeath });
    } catch (cause) {
      onDeath(cause);
    }
  }

  function post(id: number, question: Question): void {
    question.since = BigInt(Date.now()) * 1_000_000n;
    channel?.hold(true);
    channel?.post({ id, connections: question.connections });
  }

  function end(cause: unknown): void {
    ended ??= cause ?? new Error("The searcher is dead.");
    isReady();
    for (const question of waiting.values()) question.reject(ended);
    waiting.clear();
  }

  function ask(connections: CheckedConnection[]): Promise<Answers & { since: bigint }> {
    if (ended !== undefined) return Promise.reject(ended);
    searches++;
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const question: Question = {
        connections,
        since: 0n,
        resolve: (reply) => resolve({ ...reply, since: question.since }),
        reject,
      };
      waiting.set(id, question);
      post(id, question);
    });
  }

  open();
  return {
    ready,
    get visibility() {
      return visibility;
    },
    get counters() {
      return { ...counters, searches, searcherDeaths: deaths };
    },
    async search(connection) {
      if (!gathering) {
        const connections: CheckedConnection[] = [];
        const reply = Promise.resolve().then(() => {
          gathering = undefined;
          return ask(connections);
        });
        gathering = { connections, reply };
      }
      const at = gathering.connections.push(connection) - 1;
      const { answers, since, lastPid } = await gathering.reply;
      return { ...(answers[at] ?? { ownership: { kind: "none", reason: "not-found" } }), since, lastPid };
    },
    async stop() {
      end(new Error("The searcher was stopped."));
      await channel?.close();
      channel = undefined;
    },
  };
}
