import { Worker } from "node:worker_threads";
import type { SearchReply, SearchRequest, SearchSettings } from "./search-messages.ts";
import { createSearchService, type SearchService } from "./search-service.ts";

/** A way to the searcher, wherever it runs. */
export interface SearchChannel {
  post(request: SearchRequest): void;
  /** Whether the searcher keeps this process alive: true while somebody waits for it. */
  hold(waiting: boolean): void;
  close(): Promise<void>;
}

/** Where replies go. */
export interface SearchListener {
  onReply(reply: SearchReply): void;
  /** The searcher is dead. Not called after `close`. */
  onDeath(cause: unknown): void;
}

/** Opens a way to a searcher. */
export type OpenSearchChannel = (settings: SearchSettings, listener: SearchListener) => SearchChannel;

/** Megabytes for young objects: small, since a search makes much that is soon garbage and memory is not given back. */
const YOUNG_GENERATION_MB = 8;

/** Starts the searcher in a worker thread. @throws Error where no thread can be started */
export const openWorkerChannel: OpenSearchChannel = (settings, listener) => {
  const isSource = import.meta.url.endsWith(".ts");
  const worker = new Worker(new URL(isSource ? "./search-worker.ts" : "./search-worker.js", import.meta.url), {
    name: "procmon search",
    workerData: settings,
    execArgv: isSource ? ["--conditions=@procmon/source"] : [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  let closed = false;
  const die = (cause: unknown): void => {
    if (closed) return;
    closed = true;
    listener.onDeath(cause);
  };
  worker.on("message", (reply: SearchReply) => {
    if (!closed) listener.onReply(reply);
  });
  worker.on("error", die);
  worker.on("exit", (code) => die(new Error(`The searching thread ended with code ${code}.`)));
  return {
    post: (request) => worker.postMessage(request),
    hold: (waiting) => (waiting ? worker.ref() : worker.unref()),
    async close() {
      closed = true;
      await worker.terminate();
    },
  };
};

/** Runs the searcher in this thread, which it blocks while it reads: where no thread lives long enough. */
export const openInlineChannel: OpenSearchChannel = (settings, listener) => {
  let closed = false;
  const deliver = (reply: SearchReply): void => {
    setImmediate(() => {
      if (!closed) listener.onReply(reply);
    });
  };
  let service: SearchService | undefined;
  const making = createSearchService(settings, deliver);
  making.then(
    (made) => {
      service = made;
      if (closed) made.stop();
      else deliver({ type: "ready" });
    },
    (cause: unknown) => {
      if (!closed) listener.onDeath(cause);
    },
  );
  return {
    post(request) {
      making.then(
        (made) => {
          if (!closed) made.handle(request);
        },
        () => {},
      );
    },
    hold() {},
    async close() {
      closed = true;
      service?.stop();
    },
  };
};
