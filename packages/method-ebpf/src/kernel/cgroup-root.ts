import { closeSync, constants, openSync } from "node:fs";
import { type Procfs, readMountinfo } from "@procmon/core";

/** Where the cgroup v2 hierarchy is mounted (cgroups(7)); undefined where it is not. */
export function cgroupRoot(procfs: Procfs): string | undefined {
  const mounts = readMountinfo(procfs, "self");
  if (!mounts.ok) return undefined;
  // The whole hierarchy, not the part of it that a container sees.
  return mounts.value.find((mount) => mount.type === "cgroup2" && mount.root === "/")?.mountPoint;
}

/** Opens a directory while `use` runs. @throws what node:fs throws */
export function withDirectory<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
