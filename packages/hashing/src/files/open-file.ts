import type { Procfs } from "@procmon/core";
import { closeDescriptor } from "./descriptor.ts";
import type { FileTarget } from "./file-target.ts";
import { openCandidate } from "./open-candidate.ts";
import { type Miss, worstMiss } from "./open-failure.ts";
import type { OpenOutcome } from "./opened-file.ts";

/** Opens the files of processes, off the main thread. */
export interface FileOpener {
  /** The first candidate that is the right file. Never rejects. Whoever gets a descriptor closes it. */
  open(target: FileTarget): Promise<OpenOutcome>;
  stats(): FileOpenerStats;
  /** Whoever waits is told `failed`; what is opened all the same is closed again. Idempotent. */
  stop(): void;
}

/** How it goes. */
export interface FileOpenerStats {
  readonly waiting: number;
  /** Those that nobody waits for any more included. */
  readonly running: number;
  /** Of these, those that take longer than their limit. */
  readonly hung: number;
  readonly opened: number;
  readonly missed: number;
}

/** Options of {@link createFileOpener}. */
export interface FileOpenerOptions {
  readonly procfs: Procfs;
  /** Milliseconds from when it is asked until it is given up. @default 5000 */
  readonly timeLimitMs?: number;
  /** How many open at once. A file system that does not answer keeps as many of libuv's threads, which are 4. @default 2 */
  readonly concurrency?: number;
  /** How many may wait. @default 4096 */
  readonly capacity?: number;
}

interface Opening {
  readonly target: FileTarget;
  /** Undefined once it has an outcome. */
  tell: ((outcome: OpenOutcome) => void) | undefined;
}

/** Makes it; nothing runs until something is to be opened. */
export function createFileOpener(options: FileOpenerOptions): FileOpener {
  const { procfs, timeLimitMs = 5000, concurrency = 2, capacity = 4096 } = options;
  const waiting = new Set<Opening>();
  const running = new Set<Opening>();
  let opened = 0;
  let missed = 0;
  let isStopped = false;

  /** False where it has an outcome already. */
  function end(opening: Opening, outcome: OpenOutcome): boolean {
    const { tell } = opening;
    if (tell === undefined) return false;
    opening.tell = undefined;
    waiting.delete(opening);
    if (outcome.ok) opened++;
    else missed++;
    tell(outcome);
    return true;
  }

  async function run(opening: Opening): Promise<void> {
    waiting.delete(opening);
    running.add(opening);
    const outcome = await tryCandidates(procfs, opening.target, () => opening.tell !== undefined);
    // Whoever asked has given up: the place is free again only when this is closed as well.
    if (!end(opening, outcome) && outcome.ok) await closeDescriptor(outcome.fd);
    running.delete(opening);
    runNext();
  }

  function runNext(): void {
    for (const opening of waiting) {
      if (running.size >= concurrency) return;
      void run(opening);
    }
  }

  return {
    open(target) {
      if (isStopped) return Promise.resolve(failed("it was stopped"));
      if (waiting.size >= capacity) {
        missed++;
        return Promise.resolve(failed(`${capacity} files wait to be opened already`));
      }
      return new Promise((resolve) => {
        const limit = setTimeout(() => {
          end(opening, { ok: false, failure: "timeout", reason: `not opened within ${timeLimitMs} ms` });
        }, timeLimitMs);
        // Requests to libuv keep the process alive by themselves.
        limit.unref();
        const opening: Opening = {
          target,
          tell(outcome) {
            clearTimeout(limit);
            resolve(outcome);
          },
        };
        waiting.add(opening);
        runNext();
      });
    },

    stats: () => ({
      waiting: waiting.size,
      running: running.size,
      hung: [...running].filter(({ tell }) => tell === undefined).length,
      opened,
      missed,
    }),

    stop() {
      isStopped = true;
      for (const opening of [...waiting, ...running]) end(opening, failed("it was stopped"));
    },
  };
}

async function tryCandidates(procfs: Procfs, target: FileTarget, isWanted: () => boolean): Promise<OpenOutcome> {
  const misses: Miss[] = [];
  for (const candidate of target.candidates) {
    if (!isWanted()) break;
    const outcome = await openCandidate({ procfs, target, candidate, isWanted });
    if (outcome.ok) return outcome;
    misses.push(outcome);
  }
  return { ok: false, ...worstMiss(misses) };
}

function failed(reason: string): OpenOutcome {
  return { ok: false, failure: "failed", reason, busy: true };
}
