import { invalidMessage } from "./invalid-message.ts";

/** Reads the fields of a message in their order (https://protobuf.dev/programming-guides/encoding/). All of it throws `INVALID_MESSAGE`. */
export interface WireReader {
  /** The number of the next field, and 0 at the end of the message. */
  next(): number;
  /** uint64 and enum, 0 to 2^64. What is over 2^53 loses precision. */
  uint(): number;
  /** uint32; of a larger number the lowest 32 bits, as protobuf's own readers take them. */
  uint32(): number;
  bool(): boolean;
  /** uint64. */
  bigUint(): bigint;
  /** int64. */
  bigInt(): bigint;
  fixed64(): bigint;
  text(): string;
  /** Part of the message, not a copy. */
  bytes(): Uint8Array;
  /** Goes into the message that this field is; give the mark to `leave`. */
  enter(): number;
  /** Goes on behind the message inside. */
  leave(mark: number): void;
  /** Passes over the field: it is of a kind that is not known. */
  skip(): void;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;
const LONGEST_VARINT = 10;
/**
 * So much of the message becomes text at once, of which short texts are slices: a call into Node.js for each of them takes longer.
 * V8 keeps the whole window as long as one of its slices is kept; that is why it is small.
 */
const WINDOW_SIZE = 1024;
const LONGEST_IN_WINDOW = 256;
const LOW_SIZE = 2 ** 28;
const HIGH_EXACT = 2 ** 25;
/** As protobuf's own readers allow. */
const DEEPEST_GROUP = 100;

/**
 * Makes a reader of one message.
 *
 * @param decodeText makes a text of bytes that are not ASCII.
 */
export function createWireReader(message: Uint8Array, decodeText: (bytes: Buffer) => string): WireReader {
  const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  let end = buffer.length;
  let field = 0;
  let type = 0;
  /** The 36 bits of the last varint above its lowest 28. */
  let high = 0;
  let windowText = "";
  let windowStart = 0;
  let windowEnd = 0;

  function byte(): number {
    if (at >= end) throw invalidMessage("it ends too early");
    return buffer[at++] ?? 0;
  }

  /** Reads a varint; its lowest 28 bits, and the rest in `high`. */
  function low28(): number {
    high = 0;
    let next = byte();
    let low = next & 127;
    if (next < 128) return low;
    next = byte();
    low |= (next & 127) << 7;
    if (next < 128) return low;
    next = byte();
    low |= (next & 127) << 14;
    if (next < 128) return low;
    next = byte();
    low |= (next & 127) << 21;
    if (next < 128) return low;
    let factor = 1;
    for (let count = 4; count < LONGEST_VARINT; count++) {
      next = byte();
      // Of the tenth byte one bit is left.
      high += (count === LONGEST_VARINT - 1 ? next & 1 : next & 127) * factor;
      if (next < 128) return low;
      factor *= 128;
    }
    throw invalidMessage("a number is too long");
  }

  function varint(): number {
    const low = low28();
    return high === 0 ? low : low + high * LOW_SIZE;
  }

  function bigVarint(): bigint {
    const low = low28();
    // Below 2^53 a number is exact.
    return high < HIGH_EXACT ? BigInt(low + high * LOW_SIZE) : (BigInt(high) << 28n) | BigInt(low);
  }

  function expect(wanted: number): void {
    if (type !== wanted) throw invalidMessage(`field ${field} is of another type`);
  }

  function ascii(from: number, to: number): string {
    if (to - from > LONGEST_IN_WINDOW) return buffer.toString("latin1", from, to);
    if (to > windowEnd || from < windowStart) {
      windowStart = from;
      windowEnd = Math.min(from + WINDOW_SIZE, buffer.length);
      windowText = buffer.toString("latin1", windowStart, windowEnd);
    }
    return windowText.slice(from - windowStart, to - windowStart);
  }

  function advance(length: number): number {
    const start = at;
    // Not `at + length > end`: a length may be as large as a number can be.
    if (length > end - at) throw invalidMessage(`field ${field} is longer than the message`);
    at += length;
    return start;
  }

  function skip(depth: number): void {
    if (type === VARINT) low28();
    else if (type === FIXED64) advance(8);
    else if (type === LENGTH) advance(varint());
    else if (type === FIXED32) advance(4);
    else if (type === START_GROUP && depth < DEEPEST_GROUP) skipGroup(depth + 1);
    else throw invalidMessage(`field ${field} is of no known type`);
  }

  function skipGroup(depth: number): void {
    const group = field;
    while (next() !== 0) {
      if (type !== END_GROUP) skip(depth);
      else if (field === group) return;
      else break;
    }
    throw invalidMessage(`group ${group} does not end`);
  }

  function next(): number {
    if (at === end) return 0;
    const first = buffer[at] ?? 0;
    if (first < 128 && first > 7) {
      at++;
      type = first & 7;
      field = first >>> 3;
      return field;
    }
    const tag = varint();
    if (tag > 0xffff_ffff) throw invalidMessage("a tag is too large");
    type = tag & 7;
    field = tag >>> 3;
    if (field === 0) throw invalidMessage("a field has no number");
    return field;
  }

  return {
    next,
    uint() {
      expect(VARINT);
      return varint();
    },
    uint32() {
      expect(VARINT);
      return (low28() | ((high % 16) << 28)) >>> 0;
    },
    bool() {
      expect(VARINT);
      return varint() !== 0;
    },
    bigUint() {
      expect(VARINT);
      return bigVarint();
    },
    bigInt() {
      expect(VARINT);
      return BigInt.asIntN(64, bigVarint());
    },
    fixed64() {
      expect(FIXED64);
      return buffer.readBigUInt64LE(advance(8));
    },
    text() {
      expect(LENGTH);
      let from = at;
      let length = from < end ? (buffer[from] ?? 0) : 128;
      if (length < 128) from++;
      else {
        length = varint();
        from = at;
      }
      if (length > end - from) throw invalidMessage(`field ${field} is longer than the message`);
      const to = from + length;
      at = to;
      let bits = 0;
      for (let i = from; i < to; i++) bits |= buffer[i] ?? 0;
      return bits > 127 ? decodeText(buffer.subarray(from, to)) : ascii(from, to);
    },
    bytes() {
      expect(LENGTH);
      const start = advance(varint());
      return buffer.subarray(start, at);
    },
    enter() {
      expect(LENGTH);
      const length = varint();
      if (length > end - at) throw invalidMessage(`field ${field} is longer than the message`);
      const mark = end;
      end = at + length;
      return mark;
    },
    leave(mark) {
      at = end;
      end = mark;
    },
    skip: () => skip(0),
  };
}
