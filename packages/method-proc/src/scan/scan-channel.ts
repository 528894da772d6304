import { Worker } from "node:worker_threads";
import { type PackedReply, unpackReply } from "./entry-batch.ts";
import type { ScanReply, ScanRequest, ScanSettings } from "./scan-messages.ts";
import { createScanService, type ScanService } from "./scan-service.ts";

/** A way to the scanner, wherever it runs. */
export interface ScanChannel {
  post(request: ScanRequest): void;
  /** Whether the scanner keeps this process alive: true while somebody waits for it. */
  hold(waiting: boolean): void;
  close(): Promise<void>;
}

/** Where replies go. */
export interface ScanListener {
  onReply(reply: ScanReply): void;
  /** The scanner is dead. Not called after `close`. */
  onDeath(cause: unknown): void;
}

/** Megabytes for young objects: small, since a scan makes much that is soon garbage and memory is not given back. */
const YOUNG_GENERATION_MB = 8;

/** Starts the scanner in a worker thread. */
export function openWorkerChannel(settings: ScanSettings, listener: ScanListener): ScanChannel {
  const isSource = import.meta.url.endsWith(".ts");
  const worker = new Worker(new URL(isSource ? "./scan-worker.ts" : "./scan-worker.js", import.meta.url), {
    name: "procmon scan",
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
  worker.on("message", (reply: PackedReply) => {
    if (!closed) listener.onReply(unpackReply(reply));
  });
  worker.on("error", die);
  worker.on("exit", (code) => die(new Error(`The scanning thread ended with code ${code}.`)));
  return {
    post: (request) => worker.postMessage(request),
    hold: (waiting) => (waiting ? worker.ref() : worker.unref()),
    async close() {
      closed = true;
      await worker.terminate();
    },
  };
}

/** Runs the scanner in this thread, which it blocks while it reads: for programs that ask once and end. */
export function openInlineChannel(settings: ScanSettings, listener: ScanListener): ScanChannel {
  let closed = false;
  const deliver = (reply: ScanReply): void => {
    setImmediate(() => {
      if (!closed) listener.onReply(reply);
    });
  };
  const making = createScanService(settings, deliver);
  let service: ScanService | undefined;
  making.then(
    (made) => {
      service = made;
      if (closed) made.stop();
      else deliver({ type: "ready" });
    },
    (cause) => {
      if (!closed) listener.onDeath(cause);
    },
  );
  return {
    post(request) {
      // Not at once: what is asked in one go is answered together.
      setImmediate(async () => {
        const made = service ?? (await making);
        if (!closed) made.handle(request);
      });
    },
    hold: () => {},
    async close() {
      closed = true;
      service?.stop();
    },
  };
}
