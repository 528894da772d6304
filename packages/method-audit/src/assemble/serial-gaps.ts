import type { StreamTime } from "./stream-time.ts";
import { isDue, type Waiting } from "./waiting.ts";

/** Finds events that never came: the kernel numbers them one after the other, and each leaves a record at least. */
export interface SerialGaps {
  /** An event has come, which began at `time`. Each is told once; that one is told again does no harm. */
  see(serial: number, time: bigint): void;
  /** Tells the gaps that have been open for long enough by the records' own time. */
  settle(): void;
  /** As `settle`, by the reader's clock. */
  expire(now: bigint): void;
  /** Tells all gaps that are open. */
  flush(): void;
}

/** Serial numbers that have not come yet, one after the other. */
interface Gap extends Waiting {
  from: number;
  count: number;
}

/** Gaps that may be open at once: then the oldest is told. */
const MOST_GAPS = 256;
/** Forward from one event to the next, more cannot have been lost between; back, more cannot be late. The machine began again at 1. */
const MOST_AHEAD = 2 ** 24;
const MOST_BEHIND = 2 ** 16;

/**
 * Looks for gaps in the serial numbers of one machine. Numbers of 32 bits, which begin again at 0 after the last.
 *
 * @param onLost so many events were lost; each once
 */
export function createSerialGaps(time: StreamTime, timeout: bigint, onLost: (count: number) => void): SerialGaps {
  /** In the order of their numbers, and of when they were found. */
  const gaps: Gap[] = [];
  let next: number | undefined;

  function open(from: number, count: number): void {
    gaps.push({ from, count, deadline: time.deadline() });
    bound();
  }

  /** A late event fills its place. False where it is in no gap. */
  function fill(serial: number): boolean {
    for (let index = gaps.length - 1; index >= 0; index--) {
      const gap = gaps[index];
      if (gap === undefined) return false;
      const place = (serial - gap.from) >>> 0;
      if (place >= gap.count) continue;
      const rest = gap.count - place - 1;
      const after = { ...gap, from: (serial + 1) >>> 0, count: rest };
      gap.count = place;
      gaps.splice(place > 0 ? index + 1 : index, place > 0 ? 0 : 1, ...(rest > 0 ? [after] : []));
      bound();
      return true;
    }
    return false;
  }

  function bound(): void {
    if (gaps.length > MOST_GAPS) tellFirst();
  }

  function tellFirst(): void {
    const gap = gaps.shift();
    if (gap !== undefined) onLost(gap.count);
  }

  return {
    see(serial, began) {
      if (serial === next || next === undefined) {
        next = (serial + 1) >>> 0;
        return;
      }
      const ahead = (serial - next) >>> 0;
      if (ahead < MOST_AHEAD) {
        open(next, ahead);
        next = (serial + 1) >>> 0;
        return;
      }
      const behind = 2 ** 32 - ahead;
      const isBeforeRestart = behind <= MOST_BEHIND && began - time.latest() < timeout;
      if (!fill(serial) && !isBeforeRestart) next = (serial + 1) >>> 0;
    },
    settle() {
      for (let gap = gaps[0]; gap !== undefined && time.latest() >= gap.deadline; gap = gaps[0]) tellFirst();
    },
    expire(now) {
      // All are looked at, so that each waits by the reader's clock from now on. The older ones are due first.
      for (let due = gaps.filter((gap) => isDue(gap, now, timeout)).length; due > 0; due--) tellFirst();
    },
    flush() {
      while (gaps.length > 0) tellFirst();
    },
  };
}
