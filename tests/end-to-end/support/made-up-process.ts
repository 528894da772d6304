import { readdirSync, statSync } from "node:fs";
import { DEFAULT_PROCFS, fileIdentity, type Process, readProcess } from "@procmon/core";

/** What core knows of a living process. */
export function look(pid: number): Process {
  const read = readProcess(DEFAULT_PROCFS, pid, { tree: true });
  if (!read.ok) throw new Error(`process ${pid}: ${read.failure}`);
  return read.value;
}

/** The process as if it ran this script: for files that nothing can run. */
export function asScript(process: Process, path: string): Process {
  return { ...process, script: { path, interpreter: process.path ?? "" } };
}

/** The process as if it had been started from this file: for files that nothing can be started from. */
export function asExecutable(process: Process, path: string): Process {
  const { realPath: _, ...rest } = process;
  return { ...rest, path, executable: fileIdentity(statSync(path, { bigint: true })) };
}

/** How many descriptors this process has. */
export function countDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
