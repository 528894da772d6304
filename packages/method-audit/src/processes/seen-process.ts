import { posix } from "node:path";
import { buildTree, type Process, type ProcessIdentity, readProcessOnce } from "@procmon/core";
import type { AuditSubject } from "../normalize/normalized-event.ts";
import { parentPid } from "./exec-image.ts";
import { executableOf, runsExecutable } from "./executable-name.ts";
import { treeAfterExec } from "./process-tree.ts";
import { idsOf } from "./subject-ids.ts";
import type { TrackedProcess } from "./tracked-process.ts";
import type { TrackerContext } from "./tracker-context.ts";

/** A process, and when it was read from `/proc`; 0 where it was not. */
export interface SeenProcess {
  readonly process: Process;
  readonly readAt: bigint;
}

/**
 * What a process is that made a record and of which neither start nor image had been told: as `/proc` has it, if it still runs what
 * it ran then, else what the record says.
 *
 * @param identity the one that it has been given
 * @param before what was known of it
 */
export function seeProcess(
  context: TrackerContext,
  subject: AuditSubject,
  identity: ProcessIdentity & Pick<TrackedProcess, "exactStart">,
  before?: Process,
): SeenProcess {
  const { pid, startTime } = identity;
  const parent = parentOf(context, subject.ppid, startTime);
  const readAt = context.now();
  const read = readStill(context, subject, identity);
  if (read !== undefined) {
    const process = { ...read, startTime };
    const isKnown = parent !== undefined || before !== undefined;
    const tree = isKnown
      ? treeAfterExec(process, parent, before)
      : buildTree(context.host.procfs, process, context.host.processes);
    return { process: { ...process, tree }, readAt };
  }
  const process: Process = {
    pid,
    startTime,
    ppid: parentPid(subject.ppid),
    comm: commOf(subject) || (before !== undefined && before.path === undefined ? before.comm : ""),
    ...idsOf(subject),
    ...(subject.exe === undefined ? {} : executableOf(subject.exe, undefined, undefined, before?.root)),
  };
  return { process: { ...process, tree: treeAfterExec(process, parent, before) }, readAt: 0n };
}

/** The parent of a process that started then, as it is known now. */
export function parentOf({ table }: TrackerContext, ppid: number, start: bigint): Process | undefined {
  const living = table.living(ppid);
  if (living !== undefined && living.startTime <= start) return living.process;
  const ended = table.ended(ppid);
  return ended !== undefined && ended.startTime <= start ? ended.process : undefined;
}

function readStill(
  { host }: TrackerContext,
  { exe }: AuditSubject,
  identity: Parameters<typeof seeProcess>[2],
): Process | undefined {
  const reading = readProcessOnce(host.procfs, identity.pid, { captureEnv: host.captureEnv });
  if (!reading.ok || reading.value.stat.startTime !== identity.exactStart) return undefined;
  const { process } = reading.value;
  return exe === undefined || runsExecutable(process, exe) ? process : undefined;
}

/** The name of the thread that made the record, where it is that of the executable, as a first thread's mostly is. */
function commOf({ comm, exe }: AuditSubject): string {
  return exe !== undefined && comm !== "" && posix.basename(exe).startsWith(comm) ? comm : "";
}
