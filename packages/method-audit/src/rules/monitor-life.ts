import { isZombie, type Procfs, readStat } from "@procmon/core";
import type { AuditMonitor } from "./rule-key.ts";

/** False only where it is sure that the monitor's process has ended: with its rules goes what another process may live by. */
export function mayLive(procfs: Procfs, { pid, startTime }: AuditMonitor): boolean {
  const stat = readStat(procfs, pid);
  if (stat.ok) return stat.value.startTime === startTime && !isZombie(stat.value);
  // With hidepid, processes of others look as if they were gone.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
