/** The top bits of a type are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER of `include/uapi/linux/netlink.h`). */
const TYPE_MASK = 0x3fff;

const HEADER_BYTES = 4;

/**
 * Goes through the attributes (`struct nlattr`) of a message from `at` on. `visit` gets the bounds of each one's value. Ends at one whose
 * length cannot be right.
 */
export function forEachAttribute(
  message: Buffer,
  at: number,
  visit: (type: number, start: number, end: number) => void,
): void {
  let next = at;
  while (next + HEADER_BYTES <= message.length) {
    const length = message.readUInt16LE(next);
    const end = next + length;
    if (length < HEADER_BYTES || end > message.length) return;
    visit(message.readUInt16LE(next + 2) & TYPE_MASK, next + HEADER_BYTES, end);
    next += (length + 3) & ~3;
  }
}

/** The 32-bit number at the start of an attribute's value; undefined where it is too short for one. */
export function attributeNumber(message: Buffer, start: number, end: number): number | undefined {
  return end - start >= 4 ? message.readUInt32LE(start) : undefined;
}
