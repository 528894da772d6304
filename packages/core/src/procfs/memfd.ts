import { statfsSync, statSync } from "node:fs";
import { deviceNumber } from "./device-number.ts";
import type { Procfs } from "./procfs.ts";
import { readMountinfo } from "./read-mountinfo.ts";

const PREFIX = "/memfd:";
const SUFFIX = " (deleted)";
/** f_type of statfs(2): tmpfs, ramfs (a kernel without shmem) and hugetlbfs (MFD_HUGETLB). */
const MEMORY_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x01021994, 0x858458f6, 0x958458f6]);

/**
 * Whether a link of a process (exe, or one below fd) leads to a file of memfd_create(2). Its name, `/memfd:name (deleted)`,
 * a removed file may have too; but a memfd lives in a file system of the kernel's own, which is mounted nowhere.
 */
export function isMemfd(procfs: Procfs, pid: number, link: string, target: string): boolean {
  if (!target.startsWith(PREFIX) || !target.endsWith(SUFFIX)) return false;
  try {
    if (!MEMORY_FILE_SYSTEMS.has(statfsSync(link).type)) return false;
    const { dev, nlink } = statSync(link, { bigint: true });
    if (nlink !== 0n) return false;
    const mounts = readMountinfo(procfs, pid);
    return mounts.ok && !mounts.value.some(({ device }) => stDev(device) === Number(dev));
  } catch {
    return false;
  }
}

/** Of the two numbers as mountinfo has them. */
function stDev(device: string): number {
  const [major, minor] = device.split(":");
  return deviceNumber(Number(major), Number(minor));
}
