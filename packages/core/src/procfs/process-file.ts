import type { Procfs } from "./procfs.ts";

/** The path of a process's file in `/proc`, or of one of its threads. */
export function processFile(procfs: Procfs, pid: number, name: string, tid?: number): string {
  return tid === undefined ? `${procfs.root}/${pid}/${name}` : `${procfs.root}/${pid}/task/${tid}/${name}`;
}
