import { type Process, type Procfs, readExeLink, readProcess } from "@procmon/core";
import { linkNames } from "../files/candidates.ts";

/** Processes that fork one from the other, and all run one script. */
const MAX_ANCESTORS = 16;

/**
 * The start time of the first of those ancestors that run the same script: a process that was forked from them, and has executed nothing since,
 * runs what they read. Its own, where its parent runs something else.
 */
export function scriptStart(procfs: Procfs, process: Process): bigint {
  let first = process;
  for (let count = 0; count < MAX_ANCESTORS; count++) {
    const parent = parentOf(procfs, first);
    if (parent?.script?.path !== process.script?.path) break;
    first = parent as Process;
  }
  return first.startTime;
}

/** Undefined unless it runs the same interpreter. */
function parentOf(procfs: Procfs, process: Process): Process | undefined {
  const { ppid, startTime } = process;
  const link = ppid > 1 ? readExeLink(procfs, ppid) : undefined;
  if (!link?.ok || !linkNames(process).includes(link.value)) return undefined;
  const read = readProcess(procfs, ppid);
  // A later one has its pid by now.
  return read.ok && read.value.startTime <= startTime ? read.value : undefined;
}
