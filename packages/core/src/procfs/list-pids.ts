import { readdirSync } from "node:fs";
import { ProcmonError } from "../errors/procmon-error.ts";
import type { Procfs } from "./procfs.ts";
import { type ReadOutcome, readFailure } from "./read-outcome.ts";

/**
 * All processes that this procfs shows, ascending. Threads are not among them.
 *
 * @throws ProcmonError `PROCFS_UNAVAILABLE` where the directory cannot be read.
 */
export function listPids(procfs: Procfs): number[] {
  try {
    return numbersIn(procfs.root);
  } catch (cause) {
    throw new ProcmonError({
      code: "PROCFS_UNAVAILABLE",
      message: `The process directory ${procfs.root} cannot be read.`,
      remedy: `Mount a procfs there (mount -t proc proc ${procfs.root}), or pass another root.`,
      cause,
    });
  }
}

/** The thread ids of a process, ascending; the first is not always the pid, since the main thread may have ended. */
export function listThreads(procfs: Procfs, pid: number): ReadOutcome<number[]> {
  try {
    return { ok: true, value: numbersIn(`${procfs.root}/${pid}/task`) };
  } catch (error) {
    return { ok: false, failure: readFailure(error) };
  }
}

/** The entries of a directory whose names are positive numbers, ascending. */
function numbersIn(directory: string): number[] {
  const numbers: number[] = [];
  for (const name of readdirSync(directory)) {
    const first = name.charCodeAt(0);
    if (first < 0x31 || first > 0x39) continue;
    const number = Number(name);
    if (Number.isSafeInteger(number)) numbers.push(number);
  }
  return numbers.sort((a, b) => a - b);
}
