/** What was read of one file or link of a process when a datagram arrived; `error` is an errno where it could not be. */
export interface Capture {
  readonly bytes: Buffer;
  /** 0, or an errno such as 2 (ENOENT) or 3 (ESRCH). */
  readonly error: number;
  /** True where there was more than the limit. */
  readonly truncated: boolean;
}

/** One datagram of a batch. All bytes are views of the batch: copy what is to be kept. */
export interface Datagram {
  readonly payload: Buffer;
  /** True where the datagram was longer than the largest that is read (64 KiB): its end is missing. */
  readonly truncated: boolean;
  /** When it was taken from the kernel, in nanoseconds of CLOCK_MONOTONIC. */
  readonly receivedAt: bigint;
  /** When its captures had been read; the same clock. */
  readonly capturedAt: bigint;
  /** In the order of the rule that matched; empty where none did. */
  readonly captures: readonly Capture[];
}

/** Who goes through a batch. */
export interface DatagramVisitor {
  datagram(datagram: Datagram): void;
  /** The kernel had no room for datagrams that belong here. `dropped` is how many it dropped since the socket was opened. */
  overrun?(dropped: number): void;
}

/** The layout of `addon/datagram_batch.h`. */
const HEADER_BYTES = 32;
const CAPTURE_HEADER_BYTES = 8;
const FLAG_TRUNCATED = 1;
const FLAG_OVERRUN = 2;

/** Goes through a batch, as `receive` and `read` give it. */
export function forEachDatagram(batch: Uint8Array, visitor: DatagramVisitor): void {
  const { buffer, byteOffset, byteLength } = batch;
  const view = new DataView(buffer, byteOffset, byteLength);
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  let at = 0;
  while (at + HEADER_BYTES <= byteLength) {
    const end = at + view.getUint32(at, true);
    const flags = view.getUint16(at + 4, true);
    const captureCount = view.getUint16(at + 6, true);
    const payloadBytes = view.getUint32(at + 8, true);
    const receivedAt = view.getBigUint64(at + 16, true);
    const capturedAt = view.getBigUint64(at + 24, true);
    let next = at + HEADER_BYTES;
    const payload = bytes.subarray(next, next + payloadBytes);
    next += padded(payloadBytes);
    at = end;
    if (flags & FLAG_OVERRUN) {
      visitor.overrun?.(payload.readUInt32LE(0));
      continue;
    }
    const captures: Capture[] = [];
    for (let index = 0; index < captureCount; index++) {
      const result = view.getInt32(next, true);
      const truncated = view.getUint32(next + 4, true) !== 0;
      next += CAPTURE_HEADER_BYTES;
      const length = Math.max(result, 0);
      captures.push({ bytes: bytes.subarray(next, next + length), error: result < 0 ? -result : 0, truncated });
      next += padded(length);
    }
    visitor.datagram({ payload, truncated: (flags & FLAG_TRUNCATED) !== 0, receivedAt, capturedAt, captures });
  }
}

function padded(length: number): number {
  return (length + 7) & ~7;
}
