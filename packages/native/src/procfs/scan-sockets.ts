import { availableParallelism } from "node:os";
import { loadAddon } from "../load-addon.ts";
import { callAddon } from "../native-error.ts";

/** What a pass found of one process. Bytes are views of the pass's result. */
export interface ScannedProcess {
  readonly pid: number;
  /** 0, or the errno for which its descriptors could not be read: 13 (EACCES) or 1 (EPERM) where that is not allowed, 2 or 3 where it has ended. */
  readonly error: number;
  /** `/proc/<pid>/stat`, which tells why there is nothing: of a process without any descriptor, or with an `error`; else empty, and of one that has ended. */
  readonly stat: Buffer;
  /** Descriptors that are no socket. */
  readonly others: number;
  /** Inode and descriptor of each socket, in turns. */
  readonly sockets: Float64Array;
}

/**
 * One pass over the descriptors of processes, in several threads, while this one waits: about a quarter of the time that JavaScript takes.
 * The descriptors that are told of a pid are those of one process. Which one had the pid then is for the caller to see.
 *
 * @param procfsRoot where the procfs is mounted
 * @throws NativeError `NATIVE_UNAVAILABLE`; the errno's name where the procfs itself cannot be opened
 */
export function scanSockets(
  procfsRoot: string,
  pids: readonly number[],
  visit: (process: ScannedProcess) => void,
): void {
  const { scanSockets: scan } = loadAddon();
  // One more than there are processors: the scheduler may begin a thread where this one runs, and leave it there for milliseconds.
  const threads = Math.min(MAX_THREADS, availableParallelism() + 1);
  const result = callAddon(() => scan(procfsRoot, Uint32Array.from(pids), threads));
  const view = new DataView(result);
  for (let at = 0; at < result.byteLength; ) {
    const socketCount = view.getUint32(at + 12, true);
    const statBytes = view.getUint32(at + 16, true);
    const contentAt = at + HEADER_BYTES;
    visit({
      pid: view.getUint32(at, true),
      error: view.getInt32(at + 4, true),
      others: view.getUint32(at + 8, true),
      stat: Buffer.from(result, contentAt, statBytes),
      sockets: new Float64Array(result, contentAt, socketCount * 2),
    });
    at = contentAt + ((statBytes + 7) & ~7) + socketCount * 16;
  }
}

/** The layout of `addon/process_sockets.h`. */
const HEADER_BYTES = 24;

/** The kernel's own locks make more of them useless. */
const MAX_THREADS = 4;
