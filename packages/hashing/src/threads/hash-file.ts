import { fstatSync, readSync } from "node:fs";
import type { KnownFile } from "../files/opened-file.ts";
import type { FileRequest } from "./hash-messages.ts";
import type { FailedHash, HashOutcome } from "./hash-outcome.ts";
import type { HashRun } from "./hash-run.ts";
import { createHashStates } from "./hash-states.ts";
import { readError } from "./read-error.ts";
import { settlingTime } from "./settling-time.ts";

type FileState = Pick<KnownFile, "size" | "mtime" | "ctime">;

const CHANGED: FailedHash = { ok: false, failure: "changed", reason: "the file was changed while it was read" };

/**
 * Computes the checksums of an open file, from where its descriptor stands. It must be the one that `request.file` tells of, and stay as it
 * is while it is read: `changed` otherwise, also where only a name of it was removed or renamed. Whoever has means to tell that from a change of
 * the contents opens it anew. Blocks the thread.
 */
export function hashFile(request: FileRequest, run: HashRun): HashOutcome {
  try {
    const failure = awaitSettled(request, run);
    if (failure !== undefined) return failure;
    const outcome = readOnce(request, run);
    return outcome.ok && !isUnchanged(stateOf(request.fd), request.file) ? CHANGED : outcome;
  } catch (error) {
    return readError(error);
  }
}

/** Waits until the file is old enough to be told from a later one by its times. */
function awaitSettled({ fd, file }: FileRequest, run: HashRun): FailedHash | undefined {
  const wait = settlingTime(file, Date.now());
  if (wait > 0) run.sleep(wait);
  return isUnchanged(stateOf(fd), file) ? run.interruption() : CHANGED;
}

function readOnce({ fd, file, algorithms, maxBytes }: FileRequest, run: HashRun): HashOutcome {
  const { chunk } = run;
  const states = createHashStates(algorithms);
  // Files that the kernel makes up while they are read tell no size.
  const tellsSize = file.size > 0n;
  const limit = tellsSize ? Number(file.size) : maxBytes;
  let total = 0;
  for (;;) {
    const interruption = run.interruption();
    if (interruption) return interruption;
    // One more than there should be: so it shows where there is more.
    const wanted = Math.min(chunk.length, limit - total + 1);
    const count = readSome(fd, chunk, wanted);
    if (count === undefined) continue;
    if (count === 0) break;
    total += count;
    run.bytes += count;
    if (total > limit) return tellsSize ? CHANGED : TOO_LARGE;
    states.update(count === chunk.length ? chunk : chunk.subarray(0, count));
  }
  if (tellsSize && total < limit) return CHANGED;
  return { ok: true, digests: states.digests() };
}

const TOO_LARGE: FailedHash = { ok: false, failure: "too_large", reason: "the file has more bytes than the limit" };

/** Undefined where a signal came in between. */
function readSome(fd: number, chunk: Buffer, wanted: number): number | undefined {
  try {
    return readSync(fd, chunk, 0, wanted, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EINTR") return undefined;
    throw error;
  }
}

function stateOf(fd: number): FileState {
  const { size, mtimeNs, ctimeNs } = fstatSync(fd, { bigint: true });
  return { size, mtime: mtimeNs, ctime: ctimeNs };
}

/** True if both have the same contents, as far as size and times tell. */
function isUnchanged(a: FileState, b: FileState): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.ctime === b.ctime;
}
