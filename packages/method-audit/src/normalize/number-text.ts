const SPACE = 0x20;

/** The decimal number at a place of a text, 0–4294967295; -1 where there is none, or where it is longer or goes on with other text. */
export function decimalAt(text: string, at: number): number {
  if (at < 0) return -1;
  let value = 0;
  let index = at;
  for (; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    if (value > 0xffffffff) return -1;
  }
  return index === at || !endsAt(text, index) ? -1 : value;
}

/** The lowest 32 bits of the hexadecimal number at a place of a text, signed, as an `int` argument is; undefined where there is none. */
export function hexIntAt(text: string, at: number): number | undefined {
  if (at < 0) return undefined;
  let value = 0;
  let index = at;
  for (; index < text.length; index++) {
    const digit = hexDigit(text.charCodeAt(index));
    if (digit < 0) break;
    value = (value << 4) | digit;
  }
  return index === at || !endsAt(text, index) ? undefined : value;
}

/** The value of a hexadecimal digit of either case, by its character code; -1 for any other. */
export function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}

function endsAt(text: string, index: number): boolean {
  return index === text.length || text.charCodeAt(index) === SPACE;
}
