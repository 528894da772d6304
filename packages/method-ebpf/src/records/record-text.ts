import { decodeBytes } from "@procmon/core";

/** Bytes of a thread's name in the kernel (TASK_COMM_LEN). */
const COMM_BYTES = 16;

/** The name of a thread, which ends with the first zero byte. The caller has made sure that the 16 bytes are there. */
export function readComm(bytes: Buffer, offset: number): string {
  let end = offset;
  let all = 0;
  for (const limit = offset + COMM_BYTES; end < limit; end++) {
    const byte = bytes[end] ?? 0;
    if (byte === 0) break;
    all |= byte;
  }
  return all < 0x80 ? bytes.toString("latin1", offset, end) : decodeBytes(bytes.subarray(offset, end));
}
