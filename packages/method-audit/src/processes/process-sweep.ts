import { isZombie, listPids, readStat } from "@procmon/core";
import { estimateStart } from "./first-record.ts";
import { forkedOf } from "./forked-process.ts";
import type { PendingFork } from "./pending-forks.ts";
import { endProcess, tellFork } from "./tell-events.ts";
import { compareStart, FORK_TICKS, type TrackedProcess, trackedProcess } from "./tracked-process.ts";
import type { TrackerContext } from "./tracker-context.ts";

/** How many processes are looked at more closely each time, one after the other: is it still that one, and does it still run? */
const CHECKED = 32;

/** How long an ended process is remembered, in nanoseconds: until no record of it can come any more. */
const REMEMBERED_NS = 5_000_000_000n;

/** A process that seems to have ended, and its last record then. */
interface Suspect {
  readonly tracked: TrackedProcess;
  readonly lastSerial: number;
  readonly foundAt: bigint;
}

/**
 * Makes what finds the processes that have ended without saying so, as those that a signal ends. What seems to have ended is told of at the
 * next sweep only: the records of its last moments may be on their way.
 */
export function createProcessSweep(context: TrackerContext): () => void {
  const { host, table, pending, clock, counts } = context;
  let suspects: readonly Suspect[] = [];
  let round = table.allLiving();

  function present(): ReadonlySet<number> | undefined {
    try {
      return new Set(listPids(host.procfs));
    } catch {
      return undefined;
    }
  }

  /** True for a zombie, and where another process has the pid. */
  function hasEnded(tracked: TrackedProcess): boolean {
    const read = readStat(host.procfs, tracked.pid);
    if (!read.ok) return read.failure === "gone";
    return isZombie(read.value) || compareStart(tracked, read.value.startTime) !== 0;
  }

  /** The next few, in turn. */
  function nextFew(): TrackedProcess[] {
    const few: TrackedProcess[] = [];
    while (few.length < CHECKED) {
      const { value, done } = round.next();
      if (done) {
        round = table.allLiving();
        break;
      }
      few.push(value);
    }
    return few;
  }

  function endSuspects(pids: ReadonlySet<number>): void {
    for (const { tracked, lastSerial, foundAt } of suspects) {
      if (tracked.endedAt !== undefined || tracked.lastSerial !== lastSerial) continue;
      if (table.find(tracked) !== tracked || (pids.has(tracked.pid) && !hasEnded(tracked))) continue;
      counts.missedExits++;
      endProcess(context, tracked, foundAt);
    }
  }

  function findSuspects(pids: ReadonlySet<number>): Suspect[] {
    const found = new Set(nextFew().filter((tracked) => pids.has(tracked.pid) && hasEnded(tracked)));
    for (const tracked of table.allLiving()) if (!pids.has(tracked.pid)) found.add(tracked);
    const foundAt = context.now();
    return [...found].map((tracked) => ({ tracked, lastSerial: tracked.lastSerial, foundAt }));
  }

  /** A child that left no record at all, as a signal ended it. It is found to have ended by the next sweeps. */
  function takeOver(fork: PendingFork): void {
    if (!fork.isSure || table.living(fork.child) !== undefined) {
      counts.unresolvedForks++;
      return;
    }
    counts.estimatedStarts++;
    const identity = { pid: fork.child, startTime: estimateStart(context, fork.child, fork.time) };
    const process = forkedOf(identity, fork.parent, fork.comm);
    const latestStart = identity.startTime + FORK_TICKS;
    table.add(trackedProcess({ process, latestStart, knownSince: fork.time, isForkTold: true }));
    tellFork(context, process, fork.time);
  }

  function forgetEnded(pids: ReadonlySet<number>): void {
    const before = context.now() - REMEMBERED_NS;
    for (const tracked of table.allEnded()) {
      const isPast = tracked.endedAt === undefined || tracked.endedAt < before;
      // A zombie keeps its pid from being given away.
      if (isPast && !pids.has(tracked.pid)) table.forget(tracked);
    }
  }

  return () => {
    clock.compare();
    for (const fork of pending.takeDue(context.now())) takeOver(fork);
    const pids = present();
    if (pids === undefined) return;
    endSuspects(pids);
    suspects = findSuspects(pids);
    forgetEnded(pids);
  };
}
