/**
 * The text with U+FFFD where it has a lone surrogate: OpenSnitch's readers take valid UTF-8 only, and know no escape.
 */
export function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? text.replace(/\p{Surrogate}/gu, "\ufffd") : text;
}
