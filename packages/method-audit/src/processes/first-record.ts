import { buildTree, type Process, type ProcessIdentity, type ProcStat } from "@procmon/core";
import type { AuditSubject, NormalizedAuditEvent } from "../normalize/normalized-event.ts";
import { parentPid } from "./exec-image.ts";
import { runsExecutable } from "./executable-name.ts";
import { forkedOf } from "./forked-process.ts";
import { parentOf, type SeenProcess, seeProcess } from "./seen-process.ts";
import { tellFork } from "./tell-events.ts";
import { COARSE_TICKS, FORK_TICKS, type TrackedProcess, trackedProcess } from "./tracked-process.ts";
import type { TrackerContext } from "./tracker-context.ts";

/**
 * Takes up a process by the first record that it made. Its fork is told before anything else of it: the record of a vfork comes only after
 * those of the child, and that of a parent in a pid namespace of its own does not tell the child's pid.
 *
 * @param stat undefined where the process was gone before anybody could look: its start time is estimated
 */
export function takeUp(
  context: TrackerContext,
  event: NormalizedAuditEvent,
  stat: ProcStat | undefined,
): TrackedProcess {
  const { table, counts, clock, host } = context;
  const { subject } = event;
  const fork = context.pending.take(subject.pid, subject.ppid);
  if (stat === undefined) counts.estimatedStarts++;
  const exactStart = stat?.startTime;
  const identity = {
    pid: subject.pid,
    startTime: exactStart ?? estimateStart(context, subject.pid, fork?.time ?? event.time),
    exactStart,
  };

  const parent = fork?.parent ?? parentOf(context, subject.ppid, identity.startTime);
  const isForked = parent !== undefined && (fork !== undefined || isForkSure(context, event, exactStart, parent));
  const birth = fork?.time ?? (exactStart === undefined ? event.time : earlier(clock.epochAt(exactStart), event.time));
  const seen: SeenProcess = isForked
    ? { process: forkedOf(identity, parent, fork?.comm ?? parent.comm), readAt: 0n }
    : event.kind === "exec"
      ? { process: beforeExec(context, subject, identity, parent), readAt: 0n }
      : seeProcess(context, subject, identity);

  const tracked = trackedProcess({
    ...seen,
    exactStart,
    latestStart: identity.startTime + (fork === undefined ? COARSE_TICKS : FORK_TICKS),
    exe: isForked ? undefined : subject.exe,
    knownSince: isForked ? birth : event.time,
    isForkTold: isForked,
  });
  table.add(tracked);
  if (isForked) tellFork(context, seen.process, birth);
  else if (event.kind !== "exec") host.processes.add(seen.process, event.time);
  return tracked;
}

/** What it was before it ran an executable is not known, and no more looked for than its ancestors. */
function beforeExec(
  { host }: TrackerContext,
  { ppid }: AuditSubject,
  { pid, startTime }: ProcessIdentity,
  parent: Process | undefined,
): Process {
  const process = { pid, startTime, ppid: parentPid(ppid), comm: "" };
  return parent === undefined ? { ...process, tree: buildTree(host.procfs, process, host.processes) } : process;
}

/** Without a record of the fork, the parent must be the true one: who was taken in by another mostly runs something else than that. */
function isForkSure(
  context: TrackerContext,
  { kind, subject }: NormalizedAuditEvent,
  start: bigint | undefined,
  parent: Process,
): boolean {
  if (!context.isBorn(start)) return false;
  return kind === "exec" || (subject.exe !== undefined && runsExecutable(parent, subject.exe));
}

/** A start time that no process of that pid has been given yet. */
export function estimateStart({ clock, table, now }: TrackerContext, pid: number, time: bigint): bigint {
  const estimate = clock.ticksAt(earlier(time, now()));
  const before = table.ended(pid)?.startTime;
  return before !== undefined && before >= estimate ? before + 1n : estimate;
}

function earlier(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
