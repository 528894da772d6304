import type { FileIdentity } from "@procmon/core";

/**
 * Why a file that is found somewhere may be the right one:
 * - `exe`: the kernel's own link of a living process leads to it.
 * - `path`: it has the name that the right one had.
 */
export type Trust = "exe" | "path";

/** One place where the file may be. */
export interface FileCandidate {
  /** For `node:fs`; with `inRoot`, below that. */
  readonly path: string | Buffer;
  readonly trust: Trust;
  /** The process whose link or whose root leads there. */
  readonly pid?: number;
  /** When that process started, where nothing but the process itself tells that the file is the right one. */
  readonly startTime?: bigint;
  /** True for a place of another process: where that may not be looked at, it says nothing of the file. */
  readonly isGuess?: true;
  /** A directory that links on the way must not lead out of, as `/proc/<pid>/root`. */
  readonly inRoot?: string;
}

/** A file that is looked for. */
export interface FileTarget {
  /** The best first. */
  readonly candidates: readonly FileCandidate[];
  /** Which file it must be. Without it a path is believed only where `byPath` says so. */
  readonly expected?: FileIdentity;
  /** The names that the executable's link may have, where `expected` is unknown; anything goes without. */
  readonly names?: readonly string[];
  /** Believe a path although nothing tells which file was there, as of scripts: if its process still lives. */
  readonly byPath?: boolean;
  /** When the process began to run the file, in nanoseconds since the epoch, where that was seen. */
  readonly execTime?: bigint;
  /** A time before which it did not run the file: the start of the process. */
  readonly startedAt?: bigint;
}
