import { findContainer, findSystemdUnit, type Process } from "@procmon/core";

/** What a cgroup's path says of the processes in it. */
export type CgroupFacts = (path: string) => Pick<Process, "cgroup" | "container" | "systemdUnit">;

/** Cgroups that are remembered. */
const CAPACITY = 4096;

/** Makes a reader that remembers what it has read. */
export function createCgroupFacts(): CgroupFacts {
  const known = new Map<string, ReturnType<CgroupFacts>>();
  return (path) => {
    const found = known.get(path);
    if (found !== undefined) return found;
    const container = findContainer([{ hierarchy: 0, controllers: "", path }]);
    const systemdUnit = findSystemdUnit(path);
    const facts = {
      cgroup: path,
      ...(container === undefined ? {} : { container }),
      ...(systemdUnit === undefined ? {} : { systemdUnit }),
    };
    if (known.size >= CAPACITY) known.clear();
    known.set(path, facts);
    return facts;
  };
}
