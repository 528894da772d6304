import type { CgroupEntry } from "../procfs/parse-cgroup.ts";

/**
 * The path that tells most of where a process belongs: in the v2 hierarchy, or in systemd's named one where v2 is
 * not in use or, on hybrid hosts, only tells the root. Undefined on hosts with neither.
 */
export function cgroupPath(entries: readonly CgroupEntry[]): string | undefined {
  const unified = entries.find((entry) => entry.hierarchy === 0)?.path;
  if (unified !== undefined && unified !== "/") return unified;
  return entries.find((entry) => entry.controllers === "name=systemd")?.path ?? unified;
}
