/** A message of a datagram: `struct nlmsghdr` of `include/uapi/linux/netlink.h`, and what follows it. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portId: number;
  /** Without the header. */
  readonly payload: Buffer;
}

/** Message types and flags of `include/uapi/linux/netlink.h`. */
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x01;
export const NLM_F_ACK = 0x04;
/** The table changed while it was dumped. */
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;

const HEADER_BYTES = 16;

/** Makes a datagram of one message. */
export function encodeNetlinkMessage(message: {
  readonly type: number;
  readonly flags: number;
  readonly sequence?: number;
  readonly portId?: number;
  readonly payload: Uint8Array;
}): Buffer {
  const { type, flags, sequence = 0, portId = 0, payload } = message;
  const bytes = Buffer.alloc(HEADER_BYTES + payload.length);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.writeUInt32LE(sequence, 8);
  bytes.writeUInt32LE(portId, 12);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** Goes through the messages of a datagram. Ends at one whose length cannot be right. */
export function forEachNetlinkMessage(datagram: Buffer, visit: (message: NetlinkMessage) => void): void {
  let at = 0;
  while (at + HEADER_BYTES <= datagram.length) {
    const length = datagram.readUInt32LE(at);
    if (length < HEADER_BYTES || at + length > datagram.length) return;
    visit({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      sequence: datagram.readUInt32LE(at + 8),
      portId: datagram.readUInt32LE(at + 12),
      payload: datagram.subarray(at + HEADER_BYTES, at + length),
    });
    at += (length + 3) & ~3;
  }
}
