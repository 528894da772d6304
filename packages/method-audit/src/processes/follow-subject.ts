import type { AuditSubject, NormalizedAuditEvent } from "../normalize/normalized-event.ts";
import { runsExecutable, withRemoved } from "./executable-name.ts";
import { seeProcess } from "./seen-process.ts";
import { hasIdsOf, idsOf, withIds } from "./subject-ids.ts";
import type { TrackedProcess } from "./tracked-process.ts";
import type { TrackerContext } from "./tracker-context.ts";

/** Brings what is known of a process up to what a record says of it: its ids, its parent, and whether it runs what it is known to run. */
export function followSubject(context: TrackerContext, event: NormalizedAuditEvent, tracked: TrackedProcess): void {
  const { subject, time } = event;
  // It was read later than that.
  if (time < tracked.readAt || tracked.endedAt !== undefined) return;
  if (subject.exe !== tracked.exe && subject.exe !== undefined) followExecutable(context, event, tracked, subject.exe);
  const { process } = tracked;
  if (process.ppid !== subject.ppid || !hasIdsOf(process, subject)) followFacts(context, event, tracked);
}

function followExecutable(
  context: TrackerContext,
  { subject, time }: NormalizedAuditEvent,
  tracked: TrackedProcess,
  exe: string,
): void {
  const { host, table, counts } = context;
  const { process } = tracked;
  tracked.exe = exe;
  if (runsExecutable(process, exe)) {
    const removed = withRemoved(process, exe);
    if (removed === undefined) return;
    table.describe(tracked, removed);
    host.processes.update(tracked, { exeKind: "deleted" }, time);
    return;
  }
  if (process.path !== undefined) counts.missedExecs++;
  const seen = seeProcess(context, subject, tracked, process);
  table.describe(tracked, seen.process);
  tracked.readAt = seen.readAt;
  host.processes.replace(seen.process, time);
}

function followFacts(
  { host, table }: TrackerContext,
  { subject, time }: NormalizedAuditEvent,
  tracked: TrackedProcess,
): void {
  const ids = hasIdsOf(tracked.process, subject) ? {} : idsOf(subject);
  const facts = { ...parentFacts(subject, tracked), ...ids };
  if (Object.keys(facts).length === 0) return;
  table.describe(tracked, { ...withIds(tracked.process, ids), ...facts });
  host.processes.update(tracked, facts, time);
}

/** Who loses the parent gets another one; the ancestry stays what it was. */
function parentFacts({ ppid }: AuditSubject, { process }: TrackedProcess): { ppid?: number } {
  return Number.isSafeInteger(ppid) && ppid >= 0 && ppid !== process.ppid ? { ppid } : {};
}
