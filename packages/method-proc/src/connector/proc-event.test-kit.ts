import { OFFSET, PROC_EVENT } from "./proc-event.ts";

/** A datagram as the kernel makes it. `data` is what follows the time. */
export function datagram(kind: keyof typeof PROC_EVENT, data: readonly number[], time = 1_000n, ack = 0): Buffer {
  const bytes = Buffer.alloc(76);
  bytes.writeUInt32LE(76, 0);
  bytes.writeUInt16LE(3, 4);
  bytes.writeUInt32LE(1, OFFSET.index);
  bytes.writeUInt32LE(1, OFFSET.value);
  bytes.writeUInt32LE(ack, OFFSET.ack);
  bytes.writeUInt16LE(40, OFFSET.length);
  bytes.writeUInt32LE(PROC_EVENT[kind], OFFSET.what);
  bytes.writeBigUInt64LE(time, OFFSET.time);
  for (const [at, value] of data.entries()) bytes.writeUInt32LE(value, OFFSET.pid + at * 4);
  return bytes;
}
