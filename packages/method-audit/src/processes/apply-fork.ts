import { type ProcStat, readCredentials, readStat } from "@procmon/core";
import type { AuditFork } from "../normalize/normalized-event.ts";
import { forkedOf } from "./forked-process.ts";
import { canBeChild } from "./plausible-stat.ts";
import { endProcess, tellFork } from "./tell-events.ts";
import { compareStart, isPid, type TrackedProcess, trackedProcess } from "./tracked-process.ts";
import type { TrackerContext } from "./tracker-context.ts";

/** How long a child that was gone already is waited for, in nanoseconds: its own records may come after that of its parent. */
const WAIT_NS = 3_000_000_000n;

/** A process has made another, or a thread. */
export function applyFork(context: TrackerContext, event: AuditFork, parent: TrackedProcess): void {
  const { host, counts } = context;
  if (event.isThread === true) {
    counts.threads++;
    return;
  }
  if (!isPid(event.child)) {
    counts.unresolvedForks++;
    return;
  }
  const read = readStat(host.procfs, event.child);
  const made = read.ok ? whatWasMade(context, event, parent, read.value) : undefined;
  if (made === "thread") {
    counts.threads++;
    return;
  }
  // Others may hold the parent's descriptors now, whoever they are.
  parent.forkedAt = event.time;
  if (!read.ok) applyGone(context, event, parent);
  else if (made === "process") applyLiving(context, event, parent, read.value);
  else counts.unresolvedForks++;
}

/** What has the child's pid now; undefined for what cannot be the child. */
function whatWasMade(
  context: TrackerContext,
  { child, time, subject }: AuditFork,
  parent: TrackedProcess,
  stat: ProcStat,
): "process" | "thread" | undefined {
  if (!canBeChild(context, stat.startTime, time)) return undefined;
  // A thread has the parent of its process.
  if (stat.ppid === subject.pid) return "process";
  if (isNested(context, parent) !== false) return undefined;
  const credentials = readCredentials(context.host.procfs, child);
  if (!credentials.ok) return undefined;
  return credentials.value.tgid === child ? "process" : "thread";
}

function applyLiving(context: TrackerContext, event: AuditFork, parent: TrackedProcess, stat: ProcStat): void {
  const { table, pending } = context;
  const { child, time } = event;
  const { startTime } = stat;
  pending.take(child, event.subject.pid);
  const known = knownChild(context, event);
  if (known !== undefined && compareStart(known, startTime) === 0) {
    known.exactStart ??= startTime;
    if (known.isForkTold || known.endedAt !== undefined || !context.isBorn(startTime)) return;
    known.isForkTold = true;
    tellFork(context, forkedOf(known, parent.process, event.subject.comm), time);
    return;
  }
  const living = table.living(child);
  if (living !== undefined) {
    context.counts.missedExits++;
    endProcess(context, living, time);
  }
  addChild(context, event, parent, startTime);
}

/** Its records may have come before that of its parent, as they always do after vfork(2). */
function knownChild(context: TrackerContext, { child, time }: AuditFork): TrackedProcess | undefined {
  const known = context.table.living(child) ?? context.table.ended(child);
  return known !== undefined && canBeChild(context, known.startTime, time) ? known : undefined;
}

function addChild(context: TrackerContext, event: AuditFork, parent: TrackedProcess, startTime: bigint): void {
  const { child, time, subject } = event;
  const process = forkedOf({ pid: child, startTime }, parent.process, subject.comm);
  const tracked = trackedProcess({
    process,
    exactStart: startTime,
    exe: parent.exe,
    knownSince: time,
    isForkTold: true,
    isNested: parent.isNested === true ? true : undefined,
  });
  context.table.add(tracked);
  tellFork(context, process, time);
}

/** The child has ended. Its records, with its start time, are likely on their way. */
function applyGone(context: TrackerContext, event: AuditFork, parent: TrackedProcess): void {
  if (knownChild(context, event) !== undefined) return;
  const nested = isNested(context, parent);
  if (nested === true) {
    context.counts.unresolvedForks++;
    return;
  }
  const { child, time, isThread, subject } = event;
  const isSure = isThread === false && nested === false;
  const before = context.table.living(child);
  if (isSure && before !== undefined) {
    context.counts.missedExits++;
    endProcess(context, before, time);
  }
  context.pending.add({
    child,
    parent: parent.process,
    comm: subject.comm,
    time,
    isSure,
    dueAt: context.now() + WAIT_NS,
  });
}

/** Whether the pids that the process gets to see are those of a pid namespace of its own. Undefined where it is gone. */
function isNested({ host }: TrackerContext, parent: TrackedProcess): boolean | undefined {
  if (parent.isNested !== undefined) return parent.isNested;
  const credentials = readCredentials(host.procfs, parent.pid);
  if (parent.process.nsPid !== undefined) parent.isNested = true;
  else if (credentials.ok) parent.isNested = credentials.value.nsPids.length > 1;
  return parent.isNested;
}
