/** Writes the fields of one message after the other (https://protobuf.dev/programming-guides/encoding/). */
export interface WireWriter {
  /** An integer from 0 to 2^64 of the types uint32, uint64, bool and enum. Anything else is written as 0. */
  uint(field: number, value: number): void;
  /** uint64, and int64 as its two's complement. */
  bigint(field: number, value: bigint): void;
  fixed64(field: number, value: bigint): void;
  text(field: number, value: string): void;
  /** What has been encoded already: a message, or bytes. */
  bytes(field: number, value: Uint8Array): void;
  /** Begins a message inside; give the mark to `end`. */
  begin(field: number): number;
  end(mark: number): void;
  /**
   * A copy of what has been written; the writer is empty then.
   *
   * @param copy makes the copy. @default Buffer.from
   */
  finish(copy?: (bytes: Uint8Array) => Buffer): Buffer;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

const UINT64_END = 2 ** 64;

const INITIAL_SIZE = 16 * 1024;
/** What a writer keeps for the next message; a larger one is given back. */
const KEPT_SIZE = 1024 * 1024;
/** A tag and a number. */
const LONGEST_NUMBER = 16;
/** Lengths below take one byte. */
const ONE_BYTE_END = 128;
/** Up to this length a loop is faster than a call into Node.js. */
const LONGEST_LOOP = 24;
/** A longer text may be of any size: it is not tried in place. Its length takes two bytes. */
const LONGEST_IN_PLACE = 16_383;
/** Bytes of UTF-8 that one UTF-16 unit takes at most. */
const LONGEST_UNIT = 3;

/**
 * Makes an empty writer, to be used again and again.
 *
 * @param encodeText gives the bytes of a text that is not ASCII, which must be valid UTF-8.
 */
export function createWireWriter(encodeText: (text: string) => Uint8Array): WireWriter {
  let buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE);
  let at = 0;

  function reserve(size: number): void {
    if (at + size <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + size));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  }

  function varint(value: number): void {
    while (value > 0xffff_ffff) {
      buffer[at++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    value >>>= 0;
    while (value > 127) {
      buffer[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    buffer[at++] = value;
  }

  /** Writes the length and the text if it is ASCII; else nothing. There must be room. */
  function ascii(value: string): boolean {
    const { length } = value;
    const target = buffer;
    const start = at + (length < ONE_BYTE_END ? 1 : 2);
    if (length > LONGEST_LOOP) {
      // Only of ASCII there are as many bytes as characters.
      if (target.write(value, start) !== length) return false;
    } else {
      let bits = 0;
      for (let i = 0; i < length; i++) {
        const code = value.charCodeAt(i);
        bits |= code;
        target[start + i] = code;
      }
      if (bits > 127) return false;
    }
    varint(length);
    at += length;
    return true;
  }

  function encoded(bytes: Uint8Array): void {
    reserve(bytes.length + LONGEST_NUMBER);
    varint(bytes.length);
    buffer.set(bytes, at);
    at += bytes.length;
  }

  return {
    uint(field, value) {
      reserve(LONGEST_NUMBER);
      varint((field << 3) | VARINT);
      varint(value >= 0 && value < UINT64_END ? value : 0);
    },
    bigint(field, value) {
      reserve(LONGEST_NUMBER);
      varint((field << 3) | VARINT);
      if (value >= 0n && value <= Number.MAX_SAFE_INTEGER) return varint(Number(value));
      let rest = BigInt.asUintN(64, value);
      while (rest > 127n) {
        buffer[at++] = Number(rest & 127n) | 128;
        rest >>= 7n;
      }
      buffer[at++] = Number(rest);
    },
    fixed64(field, value) {
      reserve(LONGEST_NUMBER);
      varint((field << 3) | FIXED64);
      at = buffer.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    },
    text(field, value) {
      const { length } = value;
      const isShort = length <= LONGEST_IN_PLACE;
      reserve(isShort ? length * LONGEST_UNIT + LONGEST_NUMBER : LONGEST_NUMBER);
      varint((field << 3) | LENGTH);
      if (!isShort || !ascii(value)) encoded(encodeText(value));
    },
    bytes(field, value) {
      reserve(LONGEST_NUMBER);
      varint((field << 3) | LENGTH);
      encoded(value);
    },
    begin(field) {
      reserve(LONGEST_NUMBER);
      varint((field << 3) | LENGTH);
      // Most are shorter than 128 bytes, and have a length of one byte.
      return ++at;
    },
    end(mark) {
      const length = at - mark;
      if (length < ONE_BYTE_END) {
        buffer[mark - 1] = length;
        return;
      }
      let extra = 0;
      for (let rest = length; rest >= ONE_BYTE_END; rest = Math.floor(rest / 128)) extra++;
      reserve(extra);
      buffer.copyWithin(mark + extra, mark, at);
      at = mark - 1;
      varint(length);
      at += length;
    },
    finish(copy = Buffer.from) {
      const bytes = copy(buffer.subarray(0, at));
      at = 0;
      if (buffer.length > KEPT_SIZE) buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE);
      return bytes;
    },
  };
}
