import { setTimeout as sleep } from "node:timers/promises";
import type { Procfs } from "@procmon/core";
import type { ComputedAlgorithm } from "../algorithms/algorithm.ts";
import type { KnownFile } from "../files/opened-file.ts";
import { LONGEST_TIMER_MS } from "../options.ts";
import { createDescriptorCloser } from "./descriptor-closer.ts";
import type { HashRequest } from "./hash-messages.ts";
import type { FailedHash, HashOutcome } from "./hash-outcome.ts";
import { STOPPED, TIMED_OUT } from "./hash-run.ts";
import { createJobQueue } from "./job-queue.ts";
import { createThreadCrew, type Task, type TaskEnd } from "./thread-crew.ts";

interface AnyJob {
  readonly algorithms: readonly ComputedAlgorithm[];
  /** Milliseconds from now, waiting for a thread included. */
  readonly timeLimitMs: number;
}

/** A file to be read. */
export interface FileJob extends AnyJob {
  /** Open for reading, at its beginning. The pool closes it once no thread uses it any more. */
  readonly fd: number;
  /** What it was when it was opened. */
  readonly file: KnownFile;
  /** Bytes at most of a file that does not tell its size. @default 256 MiB */
  readonly maxBytes?: number;
}

/** A process whose memory is to be read. */
export interface ImageJob extends AnyJob {
  readonly procfs: Procfs;
  readonly pid: number;
  readonly startTime: bigint;
  /** What `/proc/<pid>/exe` may say, so that it is the executable that is meant. @default anything */
  readonly names?: readonly string[] | undefined;
  /** The executable's inode, where it is known. */
  readonly inode?: bigint | undefined;
  /** Bytes at most: `too_large` beyond. */
  readonly maxBytes: number;
}

/** Numbers of a pool. */
export interface HashPoolStats {
  /** Threads that work or can work. */
  readonly threads: number;
  /** Jobs without a thread. */
  readonly waiting: number;
  readonly running: number;
  /** Jobs that gave checksums. */
  readonly computed: number;
  /** Bytes that were read, also in vain. */
  readonly bytes: number;
  /** Threads that were given up since they hang, and have not answered yet. */
  readonly abandoned: number;
}

/** Computes checksums in worker threads, so that nothing blocks this one. */
export interface HashPool {
  /** Never rejects. Takes over the descriptor in any case. */
  hashFile(job: FileJob): Promise<HashOutcome>;
  /** The executable as it is mapped in memory. Never rejects. */
  hashImage(job: ImageJob): Promise<HashOutcome>;
  stats(): HashPoolStats;
  /** Ends it: whoever waits gets `failed`. A thread that hangs is left behind. Idempotent; takes a second at most. */
  stop(): Promise<void>;
}

/** How a pool is made. */
export interface HashPoolOptions {
  /** How many at most; they are made when there is work. */
  readonly threads: number;
  /** How many jobs may wait for a thread. @default 4096 */
  readonly capacity?: number;
  /** Milliseconds after which a thread without work ends. @default 10 000 */
  readonly idleMs?: number;
  /** What the threads run instead of `hash-thread`: for tests. */
  readonly entry?: URL;
}

interface Job {
  readonly size: bigint;
  readonly request: HashRequest;
  timer: NodeJS.Timeout;
  task?: Task;
  settle(outcome: HashOutcome): void;
}

const DEFAULT_CAPACITY = 4096;
const DEFAULT_IDLE_MS = 10_000;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
/** A thread that has not answered so many milliseconds after the time limit hangs. */
const GRACE_MS = 1000;
/** Milliseconds that the end waits for descriptors to be closed. */
const CLOSE_MS = 250;

const FULL: FailedHash = {
  ok: false,
  failure: "failed",
  reason: "too many files wait for their checksums",
  busy: true,
};
const LOST: FailedHash = {
  ok: false,
  failure: "timeout",
  reason: "all threads hang that compute checksums",
  busy: true,
};

/** Makes a pool. It costs nothing until there is work, and without work it does not keep this process alive. */
export function createHashPool(options: HashPoolOptions): HashPool {
  const queue = createJobQueue<Job>(options.capacity ?? DEFAULT_CAPACITY);
  const closer = createDescriptorCloser();
  const running = new Set<Job>();
  let [computed, bytes] = [0, 0];
  let stopping: Promise<void> | undefined;
  const crew = createThreadCrew({
    threads: options.threads,
    idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
    entry: options.entry,
    onRoom: dispatch,
  });

  function submit(request: HashRequest, size: bigint, limit: number): Promise<HashOutcome> {
    return new Promise((settle) => {
      const job: Job = { request, size, settle, timer: setTimeout(() => expire(job), limit) };
      if (stopping) refuse(job, STOPPED);
      else if (crew.isLost) refuse(job, LOST);
      else if (queue.add(job)) dispatch();
      else refuse(job, FULL);
    });
  }

  function dispatch(): void {
    while (queue.length > 0 && (crew.hasRoom || crew.isLost)) {
      const job = queue.take();
      if (job === undefined) return;
      if (crew.isLost) refuse(job, LOST);
      else begin(job);
    }
  }

  function begin(job: Job): void {
    try {
      job.task = crew.run(job.request, (end) => finish(job, end));
      running.add(job);
    } catch (error) {
      refuse(job, died(String(error)));
    }
  }

  function finish(job: Job, end: TaskEnd): void {
    const isAwaited = running.delete(job);
    release(job);
    if ("reply" in end) bytes += end.reply.bytes;
    if ("reply" in end && end.reply.outcome.ok && isAwaited) computed++;
    job.settle("reply" in end ? end.reply.outcome : died(end.death));
  }

  function expire(job: Job): void {
    if (queue.remove(job)) refuse(job, TIMED_OUT);
    else job.timer = setTimeout(() => abandon(job), GRACE_MS);
  }

  function abandon(job: Job): void {
    running.delete(job);
    job.settle(TIMED_OUT);
    job.task?.abandon();
    dispatch();
  }

  function refuse(job: Job, outcome: FailedHash): void {
    release(job);
    job.settle(outcome);
  }

  function release({ request, timer }: Job): void {
    clearTimeout(timer);
    if (request.type === "file") closer.close(request.fd);
  }

  async function end(): Promise<void> {
    for (let job = queue.take(); job; job = queue.take()) refuse(job, STOPPED);
    for (const job of running) {
      clearTimeout(job.timer);
      job.settle(STOPPED);
    }
    running.clear();
    await crew.stop();
    await Promise.race([closer.drain(), sleep(CLOSE_MS, undefined, { ref: false })]);
  }

  return {
    hashFile: ({ fd, file, algorithms, timeLimitMs, maxBytes = DEFAULT_MAX_BYTES }) => {
      const { limit, deadline } = startClock(timeLimitMs);
      return submit({ type: "file", fd, file, algorithms, deadline, maxBytes }, file.size, limit);
    },
    hashImage: ({ timeLimitMs, ...image }) => {
      const { limit, deadline } = startClock(timeLimitMs);
      // First of all: the process may end at any time, and its memory with it.
      return submit({ type: "image", ...image, deadline }, 0n, limit);
    },
    stats: () => ({
      threads: crew.threads,
      waiting: queue.length,
      running: running.size,
      computed,
      bytes,
      abandoned: crew.abandoned,
    }),
    stop() {
      stopping ??= end();
      return stopping;
    },
  };
}

function startClock(timeLimitMs: number): { readonly limit: number; readonly deadline: bigint } {
  const limit = Math.min(Math.max(0, Math.ceil(timeLimitMs)), LONGEST_TIMER_MS);
  return { limit, deadline: process.hrtime.bigint() + BigInt(limit) * 1_000_000n };
}

function died(reason: string): FailedHash {
  return { ok: false, failure: "failed", reason: `the thread that computes checksums died: ${reason}`, busy: true };
}
