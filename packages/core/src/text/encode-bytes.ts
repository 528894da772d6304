/** Matches a surrogate that is not half of a pair. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const ESCAPED_BYTE = /([\u{dc80}-\u{dcff}])/u;

/**
 * The bytes of a text that {@link decodeBytes} made: U+DCNN becomes the byte 0xNN again, all else UTF-8. Other lone
 * surrogates, which `decodeBytes` never makes, become U+FFFD.
 */
export function encodeBytes(text: string): Buffer {
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text, "utf8");
  const parts = text.split(ESCAPED_BYTE);
  // Every second part is what the expression captured: one escaped byte.
  return Buffer.concat(
    parts.map((part, i) => (i % 2 === 1 ? Buffer.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part, "utf8"))),
  );
}

/** The text as a path for `node:fs`, which would lose bytes that are not UTF-8. */
export function fsPath(text: string): string | Buffer {
  return LONE_SURROGATE.test(text) ? encodeBytes(text) : text;
}
