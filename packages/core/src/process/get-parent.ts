import type { Procfs } from "../procfs/procfs.ts";
import type { ReadOutcome } from "../procfs/read-outcome.ts";
import { readStat } from "../procfs/read-stat.ts";
import { isChild } from "./ancestry.ts";
import type { Process } from "./process.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { readProcess } from "./read-process.ts";

/** The parent, with all that is known of it. `gone` where it has ended, or is not the parent any more. */
export function getParent(procfs: Procfs, child: ProcessIdentity): ReadOutcome<Process> {
  const stat = readStat(procfs, child.pid);
  if (!stat.ok) return stat;
  const { ppid, startTime } = stat.value;
  if (startTime !== child.startTime || ppid === 0) return { ok: false, failure: "gone" };
  const parent = readProcess(procfs, ppid);
  if (!parent.ok) return parent;
  return isChild(procfs, child, parent.value) ? parent : { ok: false, failure: "gone" };
}
