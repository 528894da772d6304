const [EQUALS, QUOTE, APOSTROPHE, BRACE] = [0x3d, 0x22, 0x27, 0x7b];

/**
 * Where the value that begins at `at` ends. Values are words; or in quotes; or, of programs' messages, in apostrophes, up to the last one
 * of the text, as the kernel puts nothing after it and what programs write may have some of its own; or, of auditd's interpreted
 * addresses, in braces. What is never closed goes to the text's end.
 */
export function endOfValue(text: string, at: number): number {
  switch (text.charCodeAt(at)) {
    case QUOTE:
      return after(text, text.indexOf('"', at + 1));
    case APOSTROPHE:
      return after(text, lastApostrophe(text, at));
    case BRACE:
      return after(text, text.indexOf("}", at + 1));
    default: {
      const end = text.indexOf(" ", at);
      return end < 0 ? text.length : end;
    }
  }
}

/**
 * Whether the place `at` is inside of a value in quotes: the end of that value, or -1 where it is not.
 *
 * @param from a place before it that is known to be inside of none
 */
export function isInsideValue(text: string, at: number, from: number): number {
  // Most fields of the kernel come before the first quote of their record.
  if (from === 0 && isBeforeFirst(text, at)) return -1;
  for (let next = from; next < at; next++) {
    if (text.charCodeAt(next) !== EQUALS) continue;
    const code = text.charCodeAt(next + 1);
    if (code !== QUOTE && code !== APOSTROPHE && code !== BRACE) continue;
    const end = endOfValue(text, next + 1);
    if (end > at) return end;
    next = end - 1;
  }
  return -1;
}

function isBeforeFirst(text: string, at: number): boolean {
  return isAfter(text.indexOf('"'), at) && isAfter(text.indexOf("'"), at) && isAfter(text.indexOf("{"), at);
}

function isAfter(place: number, at: number): boolean {
  return place < 0 || place > at;
}

function lastApostrophe(text: string, at: number): number {
  const last = text.lastIndexOf("'");
  return last > at ? last : -1;
}

function after(text: string, closing: number): number {
  return closing < 0 ? text.length : closing + 1;
}
