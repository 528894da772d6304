import {
  clipProcess,
  listPids,
  PF_FORKNOEXEC,
  type Process,
  type Procfs,
  processWeight,
  type ReadOutcome,
  readExeLink,
  readProcess,
  readStat,
} from "@procmon/core";
import { nowNs } from "../scan/scan-clock.ts";
import type { ScannedProcessEvent } from "../scan/scan-messages.ts";
import {
  hasOtherImage,
  isEnded,
  isLeaderless,
  type KnownProcess,
  knownProcess,
  lastFacts,
  type ProcessTable,
} from "./process-table.ts";

/** Compares the table with `/proc`, and finds out what processes did since. */
export interface ProcessPoller {
  /** Remembers what is there, and gives no events. */
  seed(): void;
  /** A round of polling: young processes are looked at each time, the others now and then. */
  poll(): ScannedProcessEvent[];
  /** Looks at all: what the table does not know has been missed. */
  reconcile(): ScannedProcessEvent[];
  /** Processes that were first seen, or changed their image, in the last round. */
  readonly newPids: readonly number[];
}

/** For so long a process is looked at in every round: most of what runs anything else does so soon. */
const YOUNG_MS = 5000;

/** Older ones are looked at in every sixteenth round. */
const SHARES = 16;

/** Bytes of processes that one round tells of whole, about: what is large in those that come after is left out. */
const ROUND_BYTES = 32 * 1024 * 1024;

/** Makes a poller of this table. */
export function createProcessPoller(procfs: Procfs, table: ProcessTable, captureEnv: boolean): ProcessPoller {
  let round = 0;
  let newPids: number[] = [];
  let bytes = 0;

  function look(pid: number): ReadOutcome<Process> {
    const read = readProcess(procfs, pid, { captureEnv, tree: true });
    if (!read.ok) return read;
    bytes += processWeight(read.value);
    return bytes > ROUND_BYTES ? { ok: true, value: clipProcess(read.value) } : read;
  }

  function firstSight(pid: number, events: ScannedProcessEvent[]): void {
    const readAt = process.hrtime.bigint();
    const seen = look(pid);
    const stat = readStat(procfs, pid);
    if (!stat.ok) return;
    const known = knownProcess(stat.value, seen.ok ? seen.value : undefined, { firstSeen: performance.now(), readAt });
    table.set(known);
    if (known.isKernel || !seen.ok || seen.value.startTime !== known.startTime) return;
    newPids.push(pid);
    const type = stat.value.flags & PF_FORKNOEXEC ? "fork" : "exec";
    events.push({ type, time: nowNs(), process: seen.value, whole: true });
    if (known.ended) events.push({ type: "exit", time: nowNs(), process: seen.value });
  }

  function nextSight(pid: number, before: KnownProcess, events: ScannedProcessEvent[]): void {
    const readAt = process.hrtime.bigint();
    const stat = readStat(procfs, pid);
    if (!stat.ok) return;
    if (stat.value.startTime !== before.startTime) {
      if (!before.ended) events.push(exit(before));
      firstSight(pid, events);
      return;
    }
    if (before.ended) return;
    if (isEnded(stat.value)) {
      table.set({ ...before, ended: true });
      events.push(exit(before));
    } else if (before.stat === undefined || isLeaderless(stat.value)) {
      // Its beginning has been told of without it; or it goes on without its first thread.
      table.set({ ...before, stat: stat.value, readAt });
    } else if (hasOtherImage(before.stat, stat.value)) {
      const seen = look(pid);
      if (!seen.ok || seen.value.startTime !== stat.value.startTime) return;
      table.set(knownProcess(stat.value, seen.value, { firstSeen: performance.now(), readAt }));
      newPids.push(pid);
      events.push({ type: "exec", time: nowNs(), process: seen.value, whole: true });
    }
  }

  /** Goes through all processes once. */
  function compare(isDue: (before: KnownProcess) => boolean): ScannedProcessEvent[] {
    const events: ScannedProcessEvent[] = [];
    newPids = [];
    bytes = 0;
    const pids = listPids(procfs);
    const present = new Set(pids);
    for (const before of table.values()) {
      if (present.has(before.pid)) continue;
      table.delete(before.pid);
      if (!before.ended && !before.isKernel) events.push(exit(before));
    }
    for (const pid of pids) {
      const before = table.get(pid);
      if (before === undefined) firstSight(pid, events);
      else if (isDue(before)) nextSight(pid, before, events);
    }
    return events;
  }

  return {
    get newPids() {
      return newPids;
    },
    seed() {
      table.clear();
      newPids = [];
      for (const pid of listPids(procfs)) {
        const readAt = process.hrtime.bigint();
        const exe = readExeLink(procfs, pid);
        const stat = readStat(procfs, pid);
        if (!stat.ok) continue;
        const path = exe.ok && !exe.value.endsWith(" (deleted)") ? exe.value : undefined;
        const { startTime, ppid, comm } = stat.value;
        const facts: Process = { pid, startTime, ppid, comm, ...(path === undefined ? {} : { path }) };
        table.set(knownProcess(stat.value, facts, { firstSeen: Number.NEGATIVE_INFINITY, readAt }));
      }
    },
    poll() {
      const now = performance.now();
      const share = ++round % SHARES;
      return compare(({ firstSeen, pid }) => now - firstSeen < YOUNG_MS || pid % SHARES === share);
    },
    reconcile: () => compare(() => true),
  };
}

function exit(known: KnownProcess): ScannedProcessEvent {
  return { type: "exit", time: nowNs(), process: lastFacts(known) };
}
