import { invalidMessage } from "./invalid-message.ts";

/** Reads the fields of a message in their order (https://protobuf.dev/programming-guides/encoding/). All of it throws `INVALID_MESSAGE`. */
export interface WireReader {
  /** The number of the next field, and 0 at the end of the message. */
  next(): number;
  /** uint32, uint64, bool and enum. What is over 2^53 loses precision. */
  uint(): number;
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

  function byte(): number {
    if (at >= end) throw invalidMessage("it ends too early");
    return buffer[at++] ?? 0;
  }

  function varint(): number {
    let value = byte();
    if (value < 128) return value;
    value &= 127;
    let factor = 128;
    for (let count = 1; count < LONGEST_VARINT; count++) {
      const next = byte();
      value += (next & 127) * factor;
      if (next < 128) return value;
      factor *= 128;
    }
    throw invalidMessage("a number is too long");
  }

  function bigVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const next = byte();
      value |= BigInt(next & 127) << shift;
      if (next < 128) return BigInt.asUintN(64, value);
    }
    throw invalidMessage("a number is too long");
  }

  /** A small number needs no BigInt arithmetic. */
  function bigUint(): bigint {
    const start = at;
    const value = varint();
    if (at - start < 8) return BigInt(value);
    at = start;
    return bigVarint();
  }

  function expect(wanted: number): void {
    if (type !== wanted) throw invalidMessage(`field ${field} is of another type`);
  }

  function advance(length: number): number {
    const start = at;
    // Not `at + length > end`: a length may be as large as a number can be.
    if (length > end - at) throw invalidMessage(`field ${field} is longer than the message`);
    at += length;
    return start;
  }

  function skip(depth: number): void {
    if (type === VARINT) bigVarint();
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
    bigUint() {
      expect(VARINT);
      return bigUint();
    },
    bigInt() {
      expect(VARINT);
      return BigInt.asIntN(64, bigUint());
    },
    fixed64() {
      expect(FIXED64);
      return buffer.readBigUInt64LE(advance(8));
    },
    text() {
      expect(LENGTH);
      const start = advance(varint());
      for (let i = start; i < at; i++) if ((buffer[i] ?? 0) > 127) return decodeText(buffer.subarray(start, at));
      return buffer.latin1Slice(start, at);
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
