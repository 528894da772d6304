import { invalidMessage } from "../wire/invalid-message.ts";
import { createWireReader, type WireReader } from "../wire/wire-reader.ts";
import { createWireWriter, type WireWriter } from "../wire/wire-writer.ts";
import { written } from "../wire/written.ts";

const LARGEST_UINT64 = 2n ** 64n - 1n;

/**
 * Nothing here waits in the middle of a message, so one is enough. OpenSnitch knows no escape for bytes that are not
 * UTF-8: they become U+FFFD.
 */
const writer = createWireWriter((text) => Buffer.from(text, "utf8"));

/** The bytes of one message. What the writer cannot take is `INVALID_MESSAGE`. */
export function encodeFields(write: (writer: WireWriter) => void): Buffer {
  try {
    return written(writer, write);
  } catch (cause) {
    throw invalidMessage("a value is of the wrong type", cause);
  }
}

/** A reader of one of OpenSnitch's messages. */
export function openSnitchReader(message: Uint8Array): WireReader {
  if (!(message instanceof Uint8Array)) throw invalidMessage("it is no Uint8Array");
  return createWireReader(message, (bytes) => bytes.toString("utf8"));
}

/** Nothing for an empty text, as proto3 wants it. */
export function writeText(writer: WireWriter, field: number, value: string | undefined): void {
  if (value !== undefined && value !== "") writer.text(field, value);
}

/** The user of whom nothing is known: `(uid_t) -1`, as OpenSnitch's daemon has it. 0 would be root. */
export const UNKNOWN_UID = 0xffff_ffff;

/** Nothing for 0. Of a larger number the lowest 32 bits. */
export function writeUint32(writer: WireWriter, field: number, value: number | undefined): void {
  const word = (value ?? 0) >>> 0;
  if (word !== 0) writer.uint(field, word);
}

/** Nothing for 0 and what is less, or no number; at most 2^64-1. */
export function writeUint64(writer: WireWriter, field: number, value: number | bigint | undefined): void {
  if (typeof value === "bigint") {
    if (value > 0n) writer.bigint(field, value < LARGEST_UINT64 ? value : LARGEST_UINT64);
  } else if (value !== undefined && value >= 1) {
    if (value <= Number.MAX_SAFE_INTEGER) writer.uint(field, Math.floor(value));
    else writer.bigint(field, value < 2 ** 64 ? BigInt(value) : LARGEST_UINT64);
  }
}

/** A uint32 that is longer on the wire loses its upper bits, as in all of protobuf. */
export function readUint32(reader: WireReader): number {
  return reader.uint() >>> 0;
}
