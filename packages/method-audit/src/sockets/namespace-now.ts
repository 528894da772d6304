import { type ProcessIdentity, type Procfs, readNamespace, readStartTime } from "@procmon/core";

/**
 * The network namespace in which a process is now, as an inode number; undefined where it has ended. What was known of it may be out of date: no
 * record tells of setns(2) and unshare(2).
 */
export function namespaceNow(procfs: Procfs, { pid, startTime }: ProcessIdentity): number | undefined {
  const read = readNamespace(procfs, pid, "net");
  // The pid may be another's by now.
  return read.ok && readStartTime(procfs, pid) === startTime ? read.value : undefined;
}
