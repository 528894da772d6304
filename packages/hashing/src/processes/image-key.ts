import { type Process, type ProcessStore, processKey } from "@procmon/core";
import { createRecentMap } from "../cache/recent-map.ts";
import { fileKey } from "../files/file-key.ts";
import { shortKey } from "../files/short-key.ts";

/** Names what a process runs. */
export interface ImageKeys {
  /**
   * One text for one executable, and one script, that one process runs; another one after an exec.
   *
   * @param execTime nanoseconds since the epoch when it began to run this, where that was seen.
   */
  of(process: Process, execTime?: bigint): string;
}

/** Processes that run what only the time of its exec tells apart. */
const CAPACITY = 8192;

/**
 * True if an exec of the same names may have begun to run something else: of a script nothing tells which file it was, of some executables
 * only that.
 */
export function mayBeRenewed({ executable, script }: Process): boolean {
  return script !== undefined || executable?.ctime === undefined;
}

/** Makes it. `history` gives the earlier images of a process, the last one at the end, as far as somebody knows them. */
export function createImageKeys(history: ProcessStore["history"]): ImageKeys {
  /** The last exec of each that was seen, and what the process was until then. */
  const execs = createRecentMap<string, { readonly time: bigint; readonly before: number }>(CAPACITY);
  /** The same by what the process was told of as. */
  const times = new WeakMap<Process, bigint>();
  const numbers = new WeakMap<Process, number>();
  let count = 0;

  /** A number for the image that the process ran before this one; 0 for none. */
  function before(process: Process): number {
    const last = history(process).at(-1);
    if (last === undefined) return 0;
    const number = numbers.get(last) ?? ++count;
    numbers.set(last, number);
    return number;
  }

  function remember(key: string, time: bigint, number: number): void {
    const last = execs.peek(key);
    // What is told late is of an earlier one.
    if (last === undefined || time >= last.time) execs.set(key, { time, before: number });
  }

  return {
    of(process, execTime) {
      const key = shortKey(namesOf(process));
      if (!mayBeRenewed(process)) return key;
      const seen = execTime ?? times.get(process);
      if (seen !== undefined) {
        times.set(process, seen);
        remember(key, seen, before(process));
        return `${key} at ${seen}`;
      }
      const number = before(process);
      const last = execs.peek(key);
      return last?.before === number ? `${key} at ${last.time}` : `${key} after ${number}`;
    },
  };
}

/** No name has a NUL in it. */
function namesOf(process: Process): string {
  const { path, script, executable } = process;
  const file = executable === undefined ? "" : (fileKey(executable) ?? `${executable.device}:${executable.inode}`);
  return `${processKey(process)} ${file}\0${path}\0${script?.path ?? ""}`;
}
