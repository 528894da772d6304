import { type CgroupEntry, decodeBytes, findContainer, findSystemdUnit, type Process } from "@procmon/core";

/** What the cgroups of a process say of it. */
export type CgroupFacts = Pick<Process, "cgroup" | "container" | "systemdUnit">;

/** Files that are remembered. */
const CAPACITY = 4096;

/** Makes a reader of `/proc/<pid>/cgroup` (cgroups(7)) that remembers what it has read: most processes share theirs with others. */
export function createCgroupReader(): (bytes: Uint8Array) => CgroupFacts {
  const known = new Map<string, CgroupFacts>();
  return (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const key = buffer.toString("latin1");
    const found = known.get(key);
    if (found !== undefined) return found;
    const facts = cgroupFacts(parseEntries(decodeBytes(buffer)));
    if (known.size >= CAPACITY) known.clear();
    known.set(key, facts);
    return facts;
  };
}

/**
 * The path that tells most of where a process belongs, and what can be told by it: in the v2 hierarchy, or in systemd's named one
 * where v2 is not in use or, on hybrid hosts, only tells the root.
 */
export function cgroupFacts(entries: readonly CgroupEntry[]): CgroupFacts {
  const unified = entries.find(({ hierarchy }) => hierarchy === 0)?.path;
  const named = entries.find(({ controllers }) => controllers === "name=systemd")?.path;
  const cgroup = unified === undefined || unified === "/" ? (named ?? unified) : unified;
  if (cgroup === undefined) return {};
  const container = findContainer(entries);
  const systemdUnit = findSystemdUnit(cgroup);
  return {
    cgroup,
    ...(container === undefined ? {} : { container }),
    ...(systemdUnit === undefined ? {} : { systemdUnit }),
  };
}

/** Lines of hierarchy, controllers and path. A path may hold colons. */
function parseEntries(text: string): CgroupEntry[] {
  const entries: CgroupEntry[] = [];
  for (const line of text.split("\n")) {
    const first = line.indexOf(":");
    const second = line.indexOf(":", first + 1);
    if (first < 1 || second < 0 || line[second + 1] !== "/") continue;
    const hierarchy = Number(line.slice(0, first));
    if (!Number.isSafeInteger(hierarchy)) continue;
    entries.push({ hierarchy, controllers: line.slice(first + 1, second), path: line.slice(second + 1) });
  }
  return entries;
}
