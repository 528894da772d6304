import { getPriority, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { hashFile } from "./hash-file.ts";
import type { HashReply, HashRequest, HashThreadData } from "./hash-messages.ts";
import type { HashOutcome } from "./hash-outcome.ts";
import { createHashRun, type HashRun } from "./hash-run.ts";
import { readError } from "./read-error.ts";

// The entry of the worker thread: reading files and memory blocks, and must not block the thread that asks.
if (!parentPort) throw new Error("This file is the entry of a worker thread.");
const port = parentPort;
const { flag } = workerData as HashThreadData;

/** The fastest of 16 KiB to 1 MiB on the whole: it stays in the processor's own cache. */
const CHUNK_SIZE = 256 * 1024;
/** How much nicer than the thread that asks: it gets a third of its time where both want all. */
const NICER = 5;
const NICEST = 19;

const chunk = Buffer.allocUnsafeSlow(CHUNK_SIZE);

port.on("message", async (request: HashRequest) => {
  const run = createHashRun(chunk, flag, request.deadline);
  const outcome = await compute(request, run);
  port.postMessage({ outcome, bytes: run.bytes } satisfies HashReply);
});

try {
  // To the kernel 0 is the calling thread alone.
  setPriority(0, Math.min(NICEST, getPriority(0) + NICER));
} catch {
  // Then it runs like any other.
}

async function compute(request: HashRequest, run: HashRun): Promise<HashOutcome> {
  try {
    if (request.type === "file") return hashFile(request, run);
    // Only where it is needed, since all of core comes with it.
    const { hashImage } = await import("./hash-image.ts");
    return hashImage(request, run);
  } catch (error) {
    return readError(error);
  }
}
