import { type RecordHead, readHead } from "./record-head.ts";
import { readComm } from "./record-text.ts";

/** Offsets in `struct fork_record` of bpf/shared/records.h. */
export const FORK = { parent_start: 48, ns_pid: 56, netns: 60, comm: 64 } as const;

/** Bytes of `struct fork_record`. */
export const FORK_BYTES = 80;

/** A process that has been made. */
export interface ForkRecord {
  readonly head: RecordHead;
  /** When its parent started, in nanoseconds of CLOCK_BOOTTIME. */
  readonly parentStart: bigint;
  /** In its own pid namespace. */
  readonly nsPid: number;
  readonly netns: number;
  readonly comm: string;
}

/** Reads a record; undefined where the bytes hold none. */
export function decodeForkRecord(
  view: DataView,
  bytes: Buffer,
  offset: number,
  length: number,
): ForkRecord | undefined {
  if (length < FORK_BYTES || offset + FORK_BYTES > view.byteLength) return undefined;
  return {
    head: readHead(view, offset),
    parentStart: view.getBigUint64(offset + FORK.parent_start, true),
    nsPid: view.getUint32(offset + FORK.ns_pid, true),
    netns: view.getUint32(offset + FORK.netns, true),
    comm: readComm(bytes, offset + FORK.comm),
  };
}
