import { setTimeout as delay } from "node:timers/promises";
import type { ReadRecordCounts } from "../kernel/record-counts.ts";
import type { RecordReader } from "./record-reader.ts";

/** Milliseconds between two looks, and until it is given up. */
const STEP_MS = 1;
const LIMIT_MS = 500;

/** Resolves once all records that were made before have been read: false where that takes too long. */
export type FlushRing = () => Promise<boolean>;

/**
 * Makes what empties the ring.
 *
 * @param nudge has the reading thread take what is there at once
 */
export function createRingFlush(readCounts: ReadRecordCounts, reader: RecordReader, nudge: () => void): FlushRing {
  function isRead(wanted: ReadonlyMap<string, number>): boolean {
    for (const [kind, count] of reader.delivered) if (count < (wanted.get(kind) ?? 0)) return false;
    return [...wanted].every(([kind, count]) => count === 0 || reader.delivered.has(kind as never));
  }

  return async () => {
    const wanted = new Map([...readCounts()].map(([kind, { produced, lost }]) => [kind as string, produced - lost]));
    const until = performance.now() + LIMIT_MS;
    while (!isRead(wanted)) {
      if (performance.now() > until) return false;
      nudge();
      await delay(STEP_MS);
    }
    return true;
  };
}
