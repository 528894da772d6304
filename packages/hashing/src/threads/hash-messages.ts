import type { Procfs } from "@procmon/core";
import type { ComputedAlgorithm } from "../algorithms/algorithm.ts";
import type { KnownFile } from "../files/opened-file.ts";
import type { HashOutcome } from "./hash-outcome.ts";

/** What a thread is told when it starts. */
export interface HashThreadData {
  /** One number, shared with whoever asks: see {@link GO_ON} and {@link END_SOON}. */
  readonly flag: Int32Array;
}

/** The flag: go on. */
export const GO_ON = 0;
/** The flag: give up after the piece at hand. */
export const END_SOON = 1;

/** What every computation needs. */
interface AnyRequest {
  readonly algorithms: readonly ComputedAlgorithm[];
  /** As `process.hrtime.bigint()` counts, which is the same clock in all threads. */
  readonly deadline: bigint;
  /** Bytes at most; of a file, where it does not tell its size. */
  readonly maxBytes: number;
}

/** A file that is open. The thread does not close it. */
export interface FileRequest extends AnyRequest {
  readonly type: "file";
  readonly fd: number;
  readonly file: KnownFile;
}

/** The executable of a process as it is in memory. */
export interface ImageRequest extends AnyRequest {
  readonly type: "image";
  readonly procfs: Procfs;
  readonly pid: number;
  readonly startTime: bigint;
  /** What `/proc/<pid>/exe` may say, so that it is the executable that is meant. @default anything */
  readonly names?: readonly string[] | undefined;
  /** The executable's inode, where it is known. */
  readonly inode?: bigint | undefined;
}

/** What a thread is asked: one at a time. */
export type HashRequest = FileRequest | ImageRequest;

/** What it answers. */
export interface HashReply {
  readonly outcome: HashOutcome;
  /** How many were read, also in vain. */
  readonly bytes: number;
}
