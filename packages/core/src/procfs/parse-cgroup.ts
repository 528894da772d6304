import { decodeBytes } from "../text/decode-bytes.ts";

/** One hierarchy that a process is in: a line of `/proc/<pid>/cgroup` (cgroups(7)). */
export interface CgroupEntry {
  /** 0 is the v2 hierarchy. */
  readonly hierarchy: number;
  /** Of a v1 hierarchy; `name=systemd` is a hierarchy without controllers. */
  readonly controllers: string;
  /** From the root of the reader's cgroup namespace. */
  readonly path: string;
}

/** Parses `/proc/<pid>/cgroup`. A path may hold colons. Lines that are none are left out. */
export function parseCgroup(bytes: Buffer): CgroupEntry[] {
  const entries: CgroupEntry[] = [];
  for (const line of decodeBytes(bytes).split("\n")) {
    const first = line.indexOf(":");
    const second = line.indexOf(":", first + 1);
    if (first < 1 || second < 0 || line[second + 1] !== "/") continue;
    const hierarchy = Number(line.slice(0, first));
    if (!Number.isSafeInteger(hierarchy)) continue;
    entries.push({ hierarchy, controllers: line.slice(first + 1, second), path: line.slice(second + 1) });
  }
  return entries;
}
