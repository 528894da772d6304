import type { Checksums, MonitorEvent, Process } from "@procmon/core";
import { addChecksums } from "./add-checksums.ts";
import { createHoldQueue, type HoldQueue } from "./hold-queue.ts";

/** How to hold events back. */
export interface HoldOptions {
  /** The hasher's. */
  hash(process: Process): Promise<Checksums | undefined>;
  /** What this is false for is dropped at once. */
  wanted(event: MonitorEvent): boolean;
  /** What an event that had to go on while `pending` is followed by, once its checksums are known; undefined for nothing. */
  followUp(process: Process): MonitorEvent | undefined;
  /** When aborted, what is held is given at once, and then the end. */
  readonly flush: AbortSignal;
  /** Milliseconds that an event is held at most. @default 1000 */
  readonly limitMs?: number;
  /** Events that wait at most; beyond, the oldest goes on at once. @default 4096 */
  readonly capacity?: number;
}

/**
 * Holds events whose process has `pending` checksums until these are known, and others behind them: the order stays. Each is given at
 * most `limitMs` after it came, with what is known by then. The end of `source` gives all at once. A slow reader holds `source` up.
 */
export async function* holdForChecksums(
  source: AsyncIterable<MonitorEvent>,
  { hash, wanted, followUp, flush, limitMs = 1000, capacity = 4096 }: HoldOptions,
): AsyncGenerator<MonitorEvent, void, undefined> {
  const queue = createHoldQueue({
    hash,
    limitMs,
    capacity,
    followUp: (process, known) => followUp(addChecksums(process, known)),
  });
  const events = source[Symbol.asyncIterator]();
  const end = (): void => queue.end();
  if (flush.aborted) end();
  flush.addEventListener("abort", end, { once: true });
  const reading = fill(queue, events, wanted);
  try {
    for (let event = await queue.take(); event !== undefined; event = await queue.take()) yield event;
    if (!flush.aborted) await reading;
  } finally {
    flush.removeEventListener("abort", end);
    queue.close();
    // Not waited for: what reads from something that hangs does not end before that does.
    void events.return?.().catch(() => undefined);
  }
}

/** Reads all events into the queue. Its failure is told to whoever awaits it. */
function fill(
  queue: HoldQueue,
  events: AsyncIterator<MonitorEvent>,
  wanted: (event: MonitorEvent) => boolean,
): Promise<void> {
  async function readAll(): Promise<void> {
    try {
      for (let next = await events.next(); !next.done; next = await events.next()) {
        if (wanted(next.value)) queue.add(next.value);
        if (!(await queue.room())) return;
      }
    } finally {
      queue.end();
    }
  }
  const reading = readAll();
  reading.catch(() => undefined);
  return reading;
}
