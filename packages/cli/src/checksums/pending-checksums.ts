import { type Checksums, type Process, processKey } from "@procmon/core";

/** Whoever waits for the checksums of a process. */
export interface ChecksumWaiter {
  readonly process: Process;
  /** Called once, unless it was dropped before. */
  settle(known: Checksums | undefined): void;
}

/** The computations that somebody waits for. */
export interface PendingChecksums {
  /** False where so many are under way already that no more is waited for. */
  wait(waiter: ChecksumWaiter): boolean;
  /** It waits no longer. `onKnown` is called all the same, once for each computation: with the process of the first that was dropped. */
  drop(waiter: ChecksumWaiter): void;
}

/** How to make them. */
export interface PendingChecksumsOptions {
  hash(process: Process): Promise<Checksums | undefined>;
  /** The end of a computation that some waiter was dropped from. */
  onKnown(process: Process, known: Checksums): void;
  /** Computations that are waited for at once, at most. */
  readonly capacity: number;
}

interface Computation {
  readonly waiters: Set<ChecksumWaiter>;
  dropped?: Process;
}

/** Several records of one process wait for one computation. */
export function createPendingChecksums({ hash, onKnown, capacity }: PendingChecksumsOptions): PendingChecksums {
  const computations = new Map<string, Computation>();

  async function compute(key: string, computation: Computation, process: Process): Promise<void> {
    const known = await hashOrFail(hash, process);
    computations.delete(key);
    for (const waiter of computation.waiters) waiter.settle(known);
    if (computation.dropped !== undefined && known !== undefined) onKnown(computation.dropped, known);
  }

  return {
    wait(waiter) {
      const key = imageKey(waiter.process);
      let computation = computations.get(key);
      if (computation === undefined) {
        if (computations.size >= capacity) return false;
        computation = { waiters: new Set() };
        computations.set(key, computation);
        void compute(key, computation, waiter.process);
      }
      computation.waiters.add(waiter);
      return true;
    },
    drop(waiter) {
      const computation = computations.get(imageKey(waiter.process));
      if (computation?.waiters.delete(waiter)) computation.dropped ??= waiter.process;
    },
  };
}

/** A hasher that fails takes nothing else away. */
async function hashOrFail(hash: PendingChecksumsOptions["hash"], process: Process): Promise<Checksums | undefined> {
  try {
    return await hash(process);
  } catch {
    return { status: "failed", checksums: {} };
  }
}

/** One for each executable that a process runs: an exec makes another. */
function imageKey(process: Process): string {
  const { path, script, executable } = process;
  return [processKey(process), executable?.device, executable?.inode, executable?.ctime, path, script?.path].join("\0");
}
