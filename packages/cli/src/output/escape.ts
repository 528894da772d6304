/** What needs no escaping: the printable characters of ASCII. Most names are nothing else. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Controls, format characters (bidi overrides, zero width), lone surrogates, line and paragraph separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The byte that a lone surrogate of `decodeBytes` stands for. */
function rawByte(codePoint: number): number | undefined {
  return codePoint >= 0xdc80 && codePoint <= 0xdcff ? codePoint - 0xdc00 : undefined;
}

function hexByte(value: number): string {
  return `\\x${value.toString(16).padStart(2, "0")}`;
}

/**
 * Makes text of others safe to print: what could move the cursor, change colours, turn the direction of the text or hide in it
 * becomes visible. ASCII controls and bytes that are not UTF-8 read `\xNN`, other characters `\u{…}`.
 */
export function escapeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNSAFE, (character) => {
    const codePoint = character.codePointAt(0) ?? 0;
    const byte = codePoint < 0x80 ? codePoint : rawByte(codePoint);
    return byte === undefined ? `\\u{${codePoint.toString(16)}}` : hexByte(byte);
  });
}

/** True if `text` holds something that {@link escapeText} would change. */
export function isUnsafe(text: string): boolean {
  return !PLAIN.test(text) && text.search(UNSAFE) >= 0;
}

const ANSI_C_NAMES: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e" };

/**
 * The inside of bash's `$'…'`. Each escape ends by itself, so that a hex digit that follows is not drawn into it.
 */
export function escapeAnsiC(text: string): string {
  return text.replace(/[\\']/g, "\\$&").replace(UNSAFE, (character) => {
    const named = ANSI_C_NAMES[character];
    if (named !== undefined) return named;
    const codePoint = character.codePointAt(0) ?? 0;
    const byte = codePoint < 0x80 ? codePoint : rawByte(codePoint);
    if (byte !== undefined) return hexByte(byte);
    return codePoint > 0xffff
      ? `\\U${codePoint.toString(16).padStart(8, "0")}`
      : `\\u${codePoint.toString(16).padStart(4, "0")}`;
  });
}
