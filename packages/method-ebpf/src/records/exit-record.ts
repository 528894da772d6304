import { type RecordHead, readHead } from "./record-head.ts";
import { readComm } from "./record-text.ts";

/** Offsets in `struct exit_record` of bpf/shared/records.h. */
export const EXIT = { status: 48, comm: 56 } as const;

/** Bytes of `struct exit_record`. */
export const EXIT_BYTES = 72;

/** A process that has ended. */
export interface ExitRecord {
  readonly head: RecordHead;
  /** As waitpid(2) gives it. */
  readonly status: number;
  readonly comm: string;
}

/** Reads a record; undefined where the bytes hold none. */
export function decodeExitRecord(
  view: DataView,
  bytes: Buffer,
  offset: number,
  length: number,
): ExitRecord | undefined {
  if (length < EXIT_BYTES || offset + EXIT_BYTES > view.byteLength) return undefined;
  return {
    head: readHead(view, offset),
    status: view.getUint32(offset + EXIT.status, true),
    comm: readComm(bytes, offset + EXIT.comm),
  };
}
