import type { NativeAccess } from "../native-access.ts";

/** `enum proc_cn_mcast_op` of `include/uapi/linux/cn_proc.h`. */
export const LISTEN = 1;
export const IGNORE = 2;

const HEADER_BYTES = 20;
const CN_IDX_PROC = 1;
const CN_VAL_PROC = 1;

/**
 * A message to the proc connector: `struct cn_msg` of `include/uapi/linux/connector.h`, and the operation alone, as all kernels take it. Since
 * Linux 6.6 it may be followed by a choice of events; the filter chooses better, and before the event costs memory.
 *
 * @param number comes back in the answer, plus one
 */
export function encodeControl(native: NativeAccess, operation: number, number: number): Buffer {
  const payload = Buffer.alloc(HEADER_BYTES + 4);
  payload.writeUInt32LE(CN_IDX_PROC, 0);
  payload.writeUInt32LE(CN_VAL_PROC, 4);
  payload.writeUInt32LE(number, 12);
  payload.writeUInt16LE(4, 16);
  payload.writeUInt32LE(operation, HEADER_BYTES);
  return native.encodeNetlinkMessage({ type: native.NLMSG_DONE, flags: 0, payload });
}
