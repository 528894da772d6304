import { closeSync, openSync, readSync } from "node:fs";
import { type ReadOutcome, readFailure } from "./read-outcome.ts";

const INITIAL_SIZE = 64 * 1024;
/** A buffer that has grown beyond this is not kept. */
const KEPT_SIZE = 1024 * 1024;
/** The most that is read of any file. */
const DEFAULT_LIMIT = 64 * 1024 * 1024;

let shared: Buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE);

/** How a file is read. */
export interface ProcFileOptions {
  /** Bytes at most; what is beyond is left unread. @default 64 MiB */
  readonly limit?: number;
  /**
   * The kernel gives the whole file in one read, so none is spent to see its end: true for
   * files that hold one record, as stat and status. @default false
   */
  readonly single?: boolean;
}

/**
 * Reads a file of `/proc` whole, without asking its size first: the kernel does not know it. The bytes are valid
 * only until the next call, since all calls share one buffer: parse them at once.
 */
export function readProcFile(path: string | Buffer, options?: ProcFileOptions): ReadOutcome<Buffer> {
  const limit = options?.limit ?? DEFAULT_LIMIT;
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    return { ok: false, failure: readFailure(error) };
  }
  try {
    return { ok: true, value: readAll(fd, limit, options?.single === true) };
  } catch (error) {
    return { ok: false, failure: readFailure(error) };
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads a table of `/proc` piece by piece, each of whole lines, as the kernel gives them; the first line is in the first one. Ends early
 * when `visit` returns false: the kernel then does not have to make the rest. The bytes are valid only during the call.
 */
export function readProcPieces(path: string | Buffer, visit: (piece: Buffer) => boolean): ReadOutcome<void> {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const piece = Buffer.allocUnsafe(INITIAL_SIZE);
    for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece)) {
      if (!visit(piece.subarray(0, count))) break;
    }
    return { ok: true, value: undefined };
  } catch (error) {
    return { ok: false, failure: readFailure(error) };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readAll(fd: number, limit: number, single: boolean): Buffer {
  let buffer = shared;
  let length = 0;
  while (length < limit) {
    if (length === buffer.length) {
      buffer = grown(buffer, limit);
      if (buffer.length <= KEPT_SIZE) shared = buffer;
    }
    const space = Math.min(buffer.length, limit) - length;
    const count = readSync(fd, buffer, length, space, null);
    length += count;
    if (count === 0 || (single && count < space)) break;
  }
  return buffer.subarray(0, length);
}

function grown(buffer: Buffer, limit: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(buffer.length * 4, Math.max(limit, buffer.length + 1)));
  buffer.copy(larger);
  return larger;
}
