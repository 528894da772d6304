import type { Process } from "@procmon/core";
import type { AuditExec } from "../normalize/normalized-event.ts";
import type { ArrivalReading } from "../source/arrival-reading.ts";
import type { GatherExecFacts } from "./exec-facts.ts";
import { execImage } from "./exec-image.ts";
import { treeAfterExec } from "./process-tree.ts";
import { parentOf } from "./seen-process.ts";
import { tellExec } from "./tell-events.ts";
import type { TrackedProcess } from "./tracked-process.ts";
import type { TrackerContext } from "./tracker-context.ts";

/** A process runs a new executable. Returns what it is then. */
export function applyExec(
  context: TrackerContext,
  gatherFacts: GatherExecFacts,
  event: AuditExec,
  reading: ArrivalReading | undefined,
  tracked: TrackedProcess,
): Process {
  const { host, table } = context;
  const before = tracked.process;
  const image = execImage(host.procfs, event, tracked, before, gatherFacts(event, reading, tracked));
  image.tree = treeAfterExec(image, parentOf(context, image.ppid, tracked.startTime), before);
  // What was read of it later is this image or one that came after.
  const isOld = event.time < tracked.readAt && !isSameImage(before, image);
  if (!isOld) {
    tracked.exe = event.subject.exe;
    table.describe(tracked, image);
  }
  tellExec(context, image, event.time);
  return image;
}

function isSameImage(read: Process, image: Process): boolean {
  const { args = [] } = image;
  return (
    read.path === image.path && read.args?.length === args.length && args.every((arg, i) => arg === read.args?.[i])
  );
}
