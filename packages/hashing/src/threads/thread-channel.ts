import { Worker } from "node:worker_threads";
import { END_SOON, type HashReply, type HashRequest, type HashThreadData } from "./hash-messages.ts";

/** A thread that computes, as the one sees it that asks. */
export interface ThreadChannel {
  /** One at a time. */
  post(request: HashRequest): void;
  /** Whether it keeps this process alive. */
  hold(working: boolean): void;
  /** What it computes is not wanted any more: it answers as soon as it can. For good. */
  interrupt(): void;
  /** Ends it, at once if it does not hang in a system call. Resolves when it has ended. */
  end(): Promise<void>;
}

/** Where its answers go. */
export interface ThreadListener {
  onReply(reply: HashReply): void;
  /** It has ended, and touches nothing any more. Called once. */
  onExit(reason: string): void;
}

/** Megabytes for young objects: a computation makes hardly any. */
const YOUNG_GENERATION_MB = 4;

/**
 * Starts a thread.
 *
 * @param entry what it runs, where that is not `hash-thread`.
 */
export function openThreadChannel(listener: ThreadListener, entry?: URL): ThreadChannel {
  const isSource = import.meta.url.endsWith(".ts");
  const flag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(entry ?? new URL(isSource ? "./hash-thread.ts" : "./hash-thread.js", import.meta.url), {
    name: "procmon hash",
    workerData: { flag } satisfies HashThreadData,
    execArgv: isSource ? ["--conditions=@procmon/source"] : [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  let cause: string | undefined;
  worker.on("message", (reply: HashReply) => listener.onReply(reply));
  worker.on("error", (error) => {
    cause = error instanceof Error ? error.message : String(error);
  });
  worker.on("exit", (code) => listener.onExit(cause ?? `it ended with code ${code}`));
  return {
    post: (request) => worker.postMessage(request),
    hold: (working) => (working ? worker.ref() : worker.unref()),
    interrupt() {
      Atomics.store(flag, 0, END_SOON);
      Atomics.notify(flag, 0);
    },
    async end() {
      await worker.terminate();
    },
  };
}
