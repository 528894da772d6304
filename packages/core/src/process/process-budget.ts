import { clipProcess, processWeight } from "./process-weight.ts";
import type { StoredProcess } from "./stored-process.ts";

const MAX_BYTES = 128 * 1024 * 1024;

/** A process that weighs more is asked to make room before others. */
const HEAVY = 32 * 1024;

/** Keeps the stored processes within the memory that they may take. */
export interface ProcessBudget {
  /** Bytes that they take, about. */
  readonly bytes: number;
  /** Processes whose arguments were cut in order to make room. */
  readonly clipped: number;
  /** The images of a process have changed. May clip it or others, or let others go by `evict`. */
  reweigh(stored: StoredProcess, time: bigint): void;
  /** A process leaves the store. */
  forget(stored: StoredProcess): void;
  clear(): void;
}

/** What a budget is made with. */
export interface ProcessBudgetOptions {
  /** @default 128 MiB */
  readonly maxBytes: number | undefined;
  /** Lets another process than this one go; false where there is none. Calls `forget` for it. */
  evict(spared: StoredProcess, time: bigint): boolean;
}

/** Makes a budget of which nothing is spent. */
export function createProcessBudget({ maxBytes = MAX_BYTES, evict }: ProcessBudgetOptions): ProcessBudget {
  /** Processes of which something can be cut, the oldest first. */
  const heavy = new Set<StoredProcess>();
  let bytes = 0;
  let clipped = 0;

  function setWeight(stored: StoredProcess, weight: number): void {
    bytes += weight - stored.weight;
    stored.weight = weight;
  }

  function clipOldest(): boolean {
    for (const stored of heavy) {
      heavy.delete(stored);
      clip(stored);
      setWeight(stored, weigh(stored));
      clipped++;
      return true;
    }
    return false;
  }

  return {
    get bytes() {
      return bytes;
    },
    get clipped() {
      return clipped;
    },
    reweigh(stored, time) {
      setWeight(stored, weigh(stored));
      if (stored.weight > HEAVY) heavy.add(stored);
      while (bytes > maxBytes && (clipOldest() || evict(stored, time)));
    },
    forget(stored) {
      setWeight(stored, 0);
      heavy.delete(stored);
    },
    clear() {
      heavy.clear();
      bytes = 0;
    },
  };
}

function weigh({ process, past }: StoredProcess): number {
  let weight = processWeight(process);
  for (const image of past) weight += processWeight(image.process);
  return weight;
}

/** Leaves out what is large in all its images. */
function clip(stored: StoredProcess): void {
  stored.process = clipProcess(stored.process);
  stored.past = stored.past.map(({ process, since }) => ({ process: clipProcess(process), since }));
}
