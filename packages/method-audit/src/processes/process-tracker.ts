import type { MethodHost, Process, ProcessIdentity } from "@procmon/core";
import type { NormalizedAuditEvent } from "../normalize/normalized-event.ts";
import type { ArrivalReading } from "../source/arrival-reading.ts";
import { applyExec } from "./apply-exec.ts";
import { applyFork } from "./apply-fork.ts";
import { createBootClock, procClocks, type ReadClocks, TICK_NS, wallClock } from "./boot-clock.ts";
import { createExecFacts } from "./exec-facts.ts";
import { followSubject } from "./follow-subject.ts";
import { identifySubject } from "./identify-subject.ts";
import { createPendingForks } from "./pending-forks.ts";
import { listProcesses } from "./process-listing.ts";
import { createProcessSweep } from "./process-sweep.ts";
import { createProcessTable, type ProcessTableOptions } from "./process-table.ts";
import { endProcess } from "./tell-events.ts";
import { isPid, type TrackedProcess } from "./tracked-process.ts";
import { createTrackerCounts, type TrackerContext } from "./tracker-context.ts";

/** Knows the processes that live by what records tell, and tells of their beginnings, execs and ends. */
export interface ProcessTracker {
  /**
   * Learns of all processes that live now. Events may be applied before it resolves.
   *
   * @throws ProcmonError `PROCFS_UNAVAILABLE` where `/proc` cannot be read
   */
  start(): Promise<void>;
  /**
   * Takes every event, in the order of serial numbers. Gives the process that made the call, as it was when it had made it; undefined where
   * nothing is known of it.
   */
  apply(event: NormalizedAuditEvent, reading?: ArrivalReading): Process | undefined;
  /** The process of that pid that lives, as far as is known. */
  find(pid: number): Process | undefined;
  /** When it last made a process, by the times of records; undefined where it has not, as far as is known. */
  lastForkAt(identity: ProcessIdentity): bigint | undefined;
  /**
   * Whether others may hold what the process held at a time of a record: it has forked since, or nobody knows. Clocks of records are coarse:
   * a fork of the tick before counts, too.
   */
  hasForkedSince(identity: ProcessIdentity, time: bigint): boolean;
  /** To be called each second: finds processes that ended without a record, and forgets those that ended long ago. Never throws. */
  sweep(): void;
  stats(): Readonly<Record<string, number>>;
}

/** What a tracker works with. */
export interface ProcessTrackerParts extends ProcessTableOptions {
  readonly host: MethodHost;
  /** Nanoseconds since the epoch. @default the wall clock */
  now?(): bigint;
  /** @default Node's clock and `/proc/uptime`; `readClocks` of `@procmon/native` is finer */
  readonly readClocks?: ReadClocks;
}

/** Makes a tracker that knows no process yet. What it emits, core writes into its store; what is not told, it writes there itself. */
export function createProcessTracker(parts: ProcessTrackerParts): ProcessTracker {
  const { host, now = wallClock, readClocks = procClocks(host.procfs) } = parts;
  const table = createProcessTable(parts);
  const clock = createBootClock(readClocks);
  const gatherFacts = createExecFacts(host);
  let watchedSince = clock.ticksAt(now());
  let isListed = false;

  const context: TrackerContext = {
    host,
    table,
    pending: createPendingForks(),
    clock,
    counts: createTrackerCounts(),
    now,
    isBorn: (start) => (start === undefined ? isListed : start >= watchedSince),
  };
  const sweep = createProcessSweep(context);

  /** As it was at that time, also where it has been read later. */
  function processAt(tracked: TrackedProcess, time: bigint): Process {
    const { process, readAt } = tracked;
    return time < readAt ? (host.processes.getAt(tracked, time) ?? process) : process;
  }

  return {
    async start() {
      watchedSince = clock.ticksAt(now());
      await listProcesses(context);
      clock.compare();
      isListed = true;
    },

    apply(event, reading) {
      const { kind, subject, time } = event;
      const tracked = isPid(subject.pid) ? identifySubject(context, event, reading) : undefined;
      if (tracked === undefined) {
        if (!isPid(subject.pid)) context.counts.strayRecords++;
        return undefined;
      }
      tracked.lastSerial = event.serial;
      // What failed has changed nothing.
      if (kind === "exec" && event.errno === 0) return applyExec(context, gatherFacts, event, reading, tracked);
      followSubject(context, event, tracked);
      const process = processAt(tracked, time);
      if (kind === "fork" && event.errno === 0) applyFork(context, event, tracked);
      if (kind === "exit") endProcess(context, tracked, time, event.exitCode);
      return process;
    },

    find: (pid) => table.living(pid)?.process,
    lastForkAt: (identity) => table.find(identity)?.forkedAt,
    hasForkedSince(identity, time) {
      const tracked = table.find(identity);
      if (tracked === undefined || time < tracked.knownSince) return true;
      return tracked.forkedAt !== undefined && tracked.forkedAt + TICK_NS >= time;
    },
    sweep,
    stats: () => ({
      processes: table.size,
      endedProcesses: table.endedSize,
      pendingForks: context.pending.size,
      ...context.counts,
    }),
  };
}
