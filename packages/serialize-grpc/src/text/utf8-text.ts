import { decodeBytes, encodeBytes } from "@procmon/core";

/**
 * Text of core in protobuf's strings, which must be valid UTF-8. Core keeps a byte 0xNN that is not part of valid UTF-8 as the
 * lone surrogate U+DCNN; on the wire it is U+10FENN. The bytes of a character U+10FE80–U+10FEFF that a name really holds are
 * written so too, one by one: thus no two different names look alike, and each comes back as it was.
 */
const NEEDS_ESCAPE = /[\p{Surrogate}\u{10fe80}-\u{10feff}]/u;
const ESCAPED = /[\u{10fe80}-\u{10feff}]/u;
const TO_ESCAPE = /[\udc80-\udcff]|[\u{10fe80}-\u{10feff}]/gu;
const ESCAPE_BASE = 0x10fe00;
const SURROGATE_BASE = 0xdc00;

/** The valid UTF-8 of a text that core's `decodeBytes` made. Lone surrogates that it never makes become U+FFFD. */
export function encodeText(text: string): Buffer {
  return Buffer.from(NEEDS_ESCAPE.test(text) ? text.replace(TO_ESCAPE, escapeCharacter) : text, "utf8");
}

/** The text that {@link encodeText} was given. Any bytes will do. */
export function decodeText(bytes: Buffer): string {
  const text = bytes.utf8Slice(0, bytes.length);
  if (!ESCAPED.test(text)) return text;
  const raw: Buffer[] = [];
  for (const part of text.split(/([\u{10fe80}-\u{10feff}])/u)) {
    raw.push(ESCAPED.test(part) ? Buffer.of((part.codePointAt(0) ?? 0) - ESCAPE_BASE) : Buffer.from(part, "utf8"));
  }
  return decodeBytes(Buffer.concat(raw));
}

function escapeCharacter(character: string): string {
  if (character.length === 1) return String.fromCodePoint(ESCAPE_BASE + character.charCodeAt(0) - SURROGATE_BASE);
  return [...encodeBytes(character)].map((byte) => String.fromCodePoint(ESCAPE_BASE + byte)).join("");
}
