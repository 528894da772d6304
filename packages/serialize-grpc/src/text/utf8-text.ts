import { decodeBytes, encodeBytes } from "@procmon/core";

/**
 * Text of core in protobuf's strings, which must be valid UTF-8. Core keeps a byte 0xNN that is not part of valid UTF-8 as the
 * lone surrogate U+DCNN; on the wire it is U+10FENN. The bytes of a character U+10FE80–U+10FEFF that a name really holds are
 * written so too, one by one: thus no two different names look alike, and each comes back as it was.
 */
const NEEDS_ESCAPE = /[\p{Surrogate}\u{10fe80}-\u{10feff}]/u;
const TO_ESCAPE = /[\udc80-\udcff]|[\u{10fe80}-\u{10feff}]/gu;
const ESCAPE_BASE = 0x10fe00;
const SURROGATE_BASE = 0xdc00;

/** U+10FE80–U+10FEFF in UTF-8: F4 8F, BA or BB, and 80–BF. */
const ESCAPE_FIRST = 0xf4;
const ESCAPE_SECOND = 0x8f;
const ESCAPE_THIRD = 0xba;
const ESCAPE_LENGTH = 4;

/** The valid UTF-8 of a text that core's `decodeBytes` made. Lone surrogates that it never makes become U+FFFD. */
export function encodeText(text: string): Buffer {
  return Buffer.from(NEEDS_ESCAPE.test(text) ? text.replace(TO_ESCAPE, escapeCharacter) : text, "utf8");
}

/** The text that {@link encodeText} was given. Any bytes will do: what is not UTF-8 becomes the text that core has for it. */
export function decodeText(bytes: Buffer): string {
  const first = bytes.indexOf(ESCAPE_FIRST);
  return decodeBytes(first < 0 ? bytes : unescapeBytes(bytes, first));
}

function escapeCharacter(character: string): string {
  if (character.length === 1) return String.fromCodePoint(ESCAPE_BASE + character.charCodeAt(0) - SURROGATE_BASE);
  return [...encodeBytes(character)].map((byte) => String.fromCodePoint(ESCAPE_BASE + byte)).join("");
}

/** The bytes with every escape as the one byte that it stands for. `from` is where the first may be. */
function unescapeBytes(bytes: Buffer, from: number): Buffer {
  const raw = Buffer.allocUnsafe(bytes.length);
  let end = bytes.copy(raw, 0, 0, from);
  for (let at = from; at < bytes.length; ) {
    const byte = escapedByte(bytes, at);
    raw[end++] = byte || (bytes[at] ?? 0);
    at += byte ? ESCAPE_LENGTH : 1;
  }
  return raw.subarray(0, end);
}

/** The byte that the escape at `at` stands for, or 0 where there is none. */
function escapedByte(bytes: Buffer, at: number): number {
  if (bytes[at] !== ESCAPE_FIRST || bytes[at + 1] !== ESCAPE_SECOND) return 0;
  const half = (bytes[at + 2] ?? 0) - ESCAPE_THIRD;
  const last = bytes[at + 3] ?? 0;
  if ((half !== 0 && half !== 1) || last >> 6 !== 2) return 0;
  return 0x80 + half * 64 + (last & 63);
}
