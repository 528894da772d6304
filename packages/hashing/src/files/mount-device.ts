import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { deviceNumber, type Procfs } from "@procmon/core";

/** A namespace of 100 000 mounts, which is what the kernel allows (fs.mount-max), has about as much. */
const MAX_SIZE = 32 * 1024 * 1024;

/**
 * The device of the file system that a file was opened on, as `st_dev` would have it: its descriptor names the mount (`mnt_id` of
 * proc_pid_fdinfo(5)), and mountinfo tells the device of that. Undefined where the mount is neither in this process's namespace nor in
 * that of `pid`.
 */
export async function mountDevice(procfs: Procfs, fd: number, pid?: number): Promise<number | undefined> {
  const id = mountOf(procfs, fd);
  if (id === undefined) return undefined;
  const line = new RegExp(`^${id} \\d+ (\\d{1,4}):(\\d{1,7}) `, "m");
  for (const owner of pid === undefined ? ["self"] : ["self", pid]) {
    const [, major, minor] = line.exec(await readMounts(`${procfs.root}/${owner}/mountinfo`)) ?? [];
    if (major !== undefined && minor !== undefined) return deviceNumber(Number(major), Number(minor));
  }
  return undefined;
}

/** Of our own descriptor: the kernel answers from memory. */
function mountOf(procfs: Procfs, fd: number): string | undefined {
  try {
    return /^mnt_id:\s*(\d{1,10})$/m.exec(readFileSync(`${procfs.root}/self/fdinfo/${fd}`, "latin1"))?.[1];
  } catch {
    return undefined;
  }
}

async function readMounts(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    return bytes.toString("latin1", 0, MAX_SIZE);
  } catch {
    return "";
  }
}
