import { isAscii, isUtf8 } from "node:buffer";

/** U+DC80–U+DCFF stand for the bytes 0x80–0xFF that are not part of valid UTF-8. */
const ESCAPE_BASE = 0xdc00;

/**
 * Bytes as text, without loss: valid UTF-8 is decoded, every other byte 0xNN becomes the lone surrogate U+DCNN
 * (as Python's `surrogateescape` does). {@link encodeBytes} is the inverse.
 */
export function decodeBytes(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return buffer.toString("latin1");
  if (isUtf8(buffer)) return buffer.toString("utf8");
  return decodeBroken(buffer);
}

/** A string that is put together of a million pieces takes half a second: so this is put together as UTF-16, in one buffer. */
function decodeBroken(bytes: Buffer): string {
  const units = Buffer.allocUnsafe(bytes.length * 2);
  let end = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    const code = length > 0 ? codePoint(bytes, at, length) : ESCAPE_BASE + (bytes[at] ?? 0);
    if (code > 0xffff) end = units.writeUInt16LE(0xd7c0 + (code >> 10), end);
    end = units.writeUInt16LE(code > 0xffff ? 0xdc00 + (code & 0x3ff) : code, end);
    at += Math.max(length, 1);
  }
  return units.toString("utf16le", 0, end);
}

/** The character of a well-formed sequence. */
function codePoint(bytes: Buffer, at: number, length: number): number {
  let code = bytes[at] ?? 0;
  if (length > 1) code &= 0xff >> (length + 1);
  for (let i = 1; i < length; i++) code = (code << 6) | ((bytes[at + i] ?? 0) & 0x3f);
  return code;
}

/** The length of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7), or 0 where there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}
