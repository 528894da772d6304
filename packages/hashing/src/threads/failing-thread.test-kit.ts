import { readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { HashReply, HashRequest } from "./hash-messages.ts";

/** A file of this size ends the thread. */
export const ENDS = 13n;
/** A file of this size lets it throw. */
export const THROWS = 14n;
/** A file of this size is read without regard to the time limit. */
export const HANGS = 15n;

// A thread that dies of certain files, as the real one would of a fault in a library.
parentPort?.on("message", (request: HashRequest) => {
  if (request.type !== "file") return;
  const { fd, file } = request;
  const { size } = file;
  if (size === ENDS) process.exit(3);
  if (size === THROWS) throw new Error("provoked");
  if (size === HANGS) readSync(fd, Buffer.alloc(1));
  parentPort?.postMessage({ outcome: { ok: true, digests: {} }, bytes: 0 } satisfies HashReply);
});
