/** A place in the bytes of a table, moved forward by the functions below. */
export interface TableCursor {
  readonly bytes: Buffer;
  at: number;
  /** One past the last byte of the line. */
  end: number;
}

/** What a malformed field reads as; the line it stands in is skipped. */
export const BAD = -1;

/** Skips spaces. */
export function skipSpaces(cursor: TableCursor): void {
  while (cursor.at < cursor.end && cursor.bytes[cursor.at] === 0x20) cursor.at++;
}

/** Skips spaces, then a field and nothing more. */
export function skipField(cursor: TableCursor): void {
  skipSpaces(cursor);
  while (cursor.at < cursor.end && cursor.bytes[cursor.at] !== 0x20) cursor.at++;
}

/** Reads hexadecimal digits, at most `maximum` (13, beyond which a number is not exact). {@link BAD} where there is none. */
export function readHex(cursor: TableCursor, maximum = 8): number {
  const limit = Math.min(cursor.end, cursor.at + maximum);
  const start = cursor.at;
  let value = 0;
  while (cursor.at < limit) {
    const digit = HEX[cursor.bytes[cursor.at] ?? 0] ?? BAD;
    if (digit < 0) break;
    value = value * 16 + digit;
    cursor.at++;
  }
  return cursor.at === start ? BAD : value;
}

/** Skips spaces and reads a decimal number of at most 15 digits. {@link BAD} where there is none. */
export function readDecimal(cursor: TableCursor): number {
  skipSpaces(cursor);
  const start = cursor.at;
  const limit = Math.min(cursor.end, start + 15);
  let value = 0;
  while (cursor.at < limit) {
    const digit = (cursor.bytes[cursor.at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    cursor.at++;
  }
  return cursor.at === start ? BAD : value;
}

/** Two hexadecimal digits; negative where they are none. */
export function readHex2(bytes: Buffer, at: number): number {
  return (digitAt(bytes, at) << 4) | digitAt(bytes, at + 1);
}

/** Four hexadecimal digits; negative where they are none. */
export function readHex4(bytes: Buffer, at: number): number {
  return (readHex2(bytes, at) << 8) | readHex2(bytes, at + 2);
}

/** Eight hexadecimal digits; negative where they are none. */
export function readHex8(bytes: Buffer, at: number): number {
  const high = readHex4(bytes, at);
  const low = readHex4(bytes, at + 4);
  return high < 0 || low < 0 ? BAD : high * 0x10000 + low;
}

/** The sign stays when it is shifted, so that one bad digit makes the whole negative. */
function digitAt(bytes: Buffer, at: number): number {
  return HEX[bytes[at] ?? 0] ?? BAD;
}

/** Calls `parseLine` for each line, but not for the first of a whole table, which names the columns. */
export function forEachLine(bytes: Buffer, parseLine: (cursor: TableCursor) => void, isContinuation = false): void {
  const cursor: TableCursor = { bytes, at: 0, end: 0 };
  let start = isContinuation ? 0 : bytes.indexOf(0x0a) + 1;
  if (start === 0 && !isContinuation) return;
  while (start < bytes.length) {
    const newline = bytes.indexOf(0x0a, start);
    cursor.at = start;
    cursor.end = newline < 0 ? bytes.length : newline;
    parseLine(cursor);
    start = cursor.end + 1;
  }
}

const HEX: Int8Array = new Int8Array(256).fill(BAD);
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}
