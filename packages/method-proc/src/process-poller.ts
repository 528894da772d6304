import {
  clipProcess,
  listPids,
  PF_FORKNOEXEC,
  PF_KTHREAD,
  type Process,
  type Procfs,
  type ProcStat,
  processWeight,
  type ReadOutcome,
  readExeLink,
  readProcess,
  readStat,
} from "@procmon/core";
import { nowNs } from "./scan-clock.ts";
import type { ScannedProcessEvent } from "./scan-messages.ts";

/** Finds out what processes did since the last look. */
export interface ProcessPoller {
  /** The first call remembers what is there, and gives no events. */
  poll(): ScannedProcessEvent[];
  /** Forgets everything. */
  reset(): void;
  /** Processes that were first seen in the last round. */
  readonly newPids: readonly number[];
}

/** What is remembered of a process, so that its next look can be compared. */
interface KnownProcess {
  readonly stat: ProcStat;
  readonly path: string | undefined;
  /** When it was first seen, by performance.now(); of those that were there before, minus infinity. */
  readonly firstSeen: number;
  /** It has ended, and waits to be reaped. */
  readonly ended: boolean;
}

/** For so long a process is looked at in every round: most of what runs anything else does so soon. */
const YOUNG_MS = 5000;

/** Older ones are looked at in every sixteenth round. */
const SHARES = 16;

/** Bytes of processes that one round tells of whole, about: what is large in those that come after is left out. */
const ROUND_BYTES = 32 * 1024 * 1024;

/** Makes a poller. */
export function createProcessPoller(procfs: Procfs, captureEnv: boolean): ProcessPoller {
  const known = new Map<number, KnownProcess>();
  let round = 0;
  let newPids: number[] = [];
  let bytes = 0;

  function look(pid: number): ReadOutcome<Process> {
    const read = readProcess(procfs, pid, { captureEnv, tree: true });
    if (!read.ok) return read;
    bytes += processWeight(read.value);
    return bytes > ROUND_BYTES ? { ok: true, value: clipProcess(read.value) } : read;
  }

  function firstSight(pid: number, events: ScannedProcessEvent[], quiet: boolean): void {
    const firstSeen = quiet ? Number.NEGATIVE_INFINITY : performance.now();
    const process = quiet ? undefined : look(pid);
    const stat = readStat(procfs, pid);
    if (!stat.ok) return;
    const { flags, startTime } = stat.value;
    if (quiet) {
      const exe = readExeLink(procfs, pid);
      const path = exe.ok && !exe.value.endsWith(" (deleted)") ? exe.value : undefined;
      known.set(pid, { stat: stat.value, path, firstSeen, ended: isEnded(stat.value) });
      return;
    }
    const ended = isEnded(stat.value);
    known.set(pid, { stat: stat.value, path: process?.ok ? process.value.path : undefined, firstSeen, ended });
    if (flags & PF_KTHREAD || !process?.ok || process.value.startTime !== startTime) return;
    newPids.push(pid);
    events.push({ type: flags & PF_FORKNOEXEC ? "fork" : "exec", time: nowNs(), process: process.value });
    if (ended) events.push({ type: "exit", time: nowNs(), process: process.value });
  }

  function nextSight(pid: number, before: KnownProcess, events: ScannedProcessEvent[]): void {
    const stat = readStat(procfs, pid);
    if (!stat.ok || before.ended) return;
    if (stat.value.startTime !== before.stat.startTime) {
      events.push(exit(before));
      firstSight(pid, events, false);
      return;
    }
    if (isEnded(stat.value)) {
      known.set(pid, { ...before, ended: true });
      events.push(exit(before));
    } else if (hasOtherImage(before.stat, stat.value)) {
      const process = look(pid);
      if (!process.ok || process.value.startTime !== stat.value.startTime) return;
      known.set(pid, { stat: stat.value, path: process.value.path, firstSeen: performance.now(), ended: false });
      newPids.push(pid);
      events.push({ type: "exec", time: nowNs(), process: process.value });
    }
  }

  return {
    get newPids() {
      return newPids;
    },
    reset() {
      known.clear();
      round = 0;
    },
    poll() {
      const events: ScannedProcessEvent[] = [];
      const quiet = round++ === 0;
      newPids = [];
      bytes = 0;
      const pids = listPids(procfs);
      const present = new Set(pids);
      for (const [pid, before] of known) {
        if (present.has(pid)) continue;
        known.delete(pid);
        if (!before.ended && !(before.stat.flags & PF_KTHREAD)) events.push(exit(before));
      }
      const now = performance.now();
      for (const pid of pids) {
        const before = known.get(pid);
        if (!before) firstSight(pid, events, quiet);
        else if (now - before.firstSeen < YOUNG_MS || pid % SHARES === round % SHARES) nextSight(pid, before, events);
      }
      return events;
    },
  };
}

/** An exec changes where code and stack begin, and clears the mark of those that have only been forked. */
function hasOtherImage(before: ProcStat, now: ProcStat): boolean {
  return (
    before.startStack !== now.startStack ||
    before.startCode !== now.startCode ||
    ((before.flags ^ now.flags) & PF_FORKNOEXEC) !== 0
  );
}

function isEnded(stat: ProcStat): boolean {
  return (stat.state === "Z" || stat.state === "X") && stat.numThreads <= 1;
}

function exit({ stat, path }: KnownProcess): ScannedProcessEvent {
  const { pid, startTime, ppid, comm } = stat;
  const process: Process = { pid, startTime, ppid, comm, ...(path === undefined ? {} : { path }) };
  return { type: "exit", time: nowNs(), process };
}
