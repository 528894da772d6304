import { listPids, type Procfs, readStat } from "@procmon/core";

/** The pids of all processes below `root` in the process tree, ascending. */
export function listDescendants(procfs: Procfs, root: number): number[] {
  const parents = new Map<number, number>();
  for (const pid of listPids(procfs)) {
    const stat = readStat(procfs, pid);
    if (stat.ok) parents.set(pid, stat.value.ppid);
  }
  return [...parents.keys()].filter((pid) => isBelow(parents, pid, root));
}

function isBelow(parents: ReadonlyMap<number, number>, pid: number, root: number): boolean {
  // The parents were read one after the other: pids used again meanwhile could make a circle of them.
  const passed = new Set<number>();
  let parent = parents.get(pid);
  while (parent !== undefined && parent !== root && !passed.has(parent)) {
    passed.add(parent);
    parent = parents.get(parent);
  }
  return parent === root;
}
