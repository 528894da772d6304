import { isZombie } from "@procmon/core";
import type { NormalizedAuditEvent } from "../normalize/normalized-event.ts";
import type { ArrivalReading } from "../source/arrival-reading.ts";
import { takeUp } from "./first-record.ts";
import { plausibleStat, statNow } from "./plausible-stat.ts";
import { endProcess } from "./tell-events.ts";
import { compareStart, type TrackedProcess } from "./tracked-process.ts";
import type { TrackerContext } from "./tracker-context.ts";

/** Which process made a record. Undefined for one that was gone long before, of which nothing is known any more. */
export function identifySubject(
  context: TrackerContext,
  event: NormalizedAuditEvent,
  reading: ArrivalReading | undefined,
): TrackedProcess | undefined {
  const known = context.table.living(event.subject.pid);
  const stat = reading?.stat;
  if (known === undefined) return identifyUnknown(context, event, reading);
  if (stat === undefined || stat.startTime === known.exactStart) return known;

  const own = plausibleStat(context, stat, event.subject.pid, event.time);
  if (own === undefined) return known;
  switch (compareStart(known, own.startTime)) {
    case 0:
      noteStart(context, known, own.startTime);
      return known;
    case 1:
      // Somebody else has its pid: it has ended, and no record told of it.
      context.counts.missedExits++;
      endProcess(context, known, event.time);
      return takeUp(context, event, own);
    case -1:
      return formerProcess(context, event, own.startTime);
  }
}

/** Nobody of that pid lives, as far as is known. */
function identifyUnknown(
  context: TrackerContext,
  event: NormalizedAuditEvent,
  reading: ArrivalReading | undefined,
): TrackedProcess | undefined {
  const { pid, ppid } = event.subject;
  const captured = reading?.stat;
  // Where another process has the pid already, nothing can be read of this one.
  const stat =
    captured === undefined ? statNow(context, pid, event.time) : plausibleStat(context, captured, pid, event.time);
  const ended = context.table.ended(pid);
  if (ended === undefined || context.pending.has(pid, ppid)) return takeUp(context, event, stat);
  if (stat === undefined) return isAfter(event, ended) ? takeUp(context, event, undefined) : ended;
  switch (compareStart(ended, stat.startTime)) {
    case 0:
      noteStart(context, ended, stat.startTime);
      // The end of a thread that was in the way of an exec looks like that of the process.
      if (event.kind === "exec" && isAfter(event, ended) && !isZombie(stat)) context.table.revive(ended);
      return ended;
    case 1:
      return takeUp(context, event, stat);
    case -1:
      return formerProcess(context, event, stat.startTime);
  }
}

/** Threads of a process may leave records after its end, but no process that has ended runs anything. */
function isAfter({ kind, time }: NormalizedAuditEvent, { endedAt }: TrackedProcess): boolean {
  return kind === "exec" && endedAt !== undefined && time > endedAt;
}

function formerProcess(
  { table, counts }: TrackerContext,
  { subject }: NormalizedAuditEvent,
  start: bigint,
): TrackedProcess | undefined {
  const ended = table.ended(subject.pid);
  if (ended !== undefined && compareStart(ended, start) === 0) return ended;
  counts.strayRecords++;
  return undefined;
}

function noteStart({ counts }: TrackerContext, tracked: TrackedProcess, start: bigint): void {
  if (tracked.exactStart !== undefined) return;
  tracked.exactStart = start;
  counts.lateStarts++;
}
