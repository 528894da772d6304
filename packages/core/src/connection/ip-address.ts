/** An address as numbers: one 32-bit word for IPv4, eight 16-bit words for IPv6. */
export type ParsedIp =
  | { readonly family: 4; readonly words: readonly [number] }
  | { readonly family: 6; readonly words: readonly number[] };

/** The longest text of an IPv6 address: eight groups with the last two written as IPv4. */
const MAX_LENGTH = 45;

/**
 * Reads an IPv4 address in dotted form (four decimal numbers 0–255, no leading zeros) or an IPv6 address in any form
 * of RFC 4291 section 2.2. A zone (`%eth0`) is no part of an address. Undefined for anything else; never throws.
 */
export function parseIp(text: string): ParsedIp | undefined {
  if (typeof text !== "string" || text.length > MAX_LENGTH) return undefined;
  if (!text.includes(":")) {
    const word = parseIpv4(text, 0);
    return word < 0 ? undefined : { family: 4, words: [word] };
  }
  const words = parseIpv6(text);
  return words && { family: 6, words };
}

/** The one canonical text of an address (RFC 5952; IPv4-mapped as `::ffff:a.b.c.d`); undefined if it is none. */
export function canonicalIp(text: string): string | undefined {
  const ip = parseIp(text);
  if (!ip) return undefined;
  // A dotted address that passes the strict parser is canonical already.
  return ip.family === 4 ? text : formatIpv6(ip.words);
}

/** IPv4 text of a 32-bit word whose highest byte comes first. */
export function formatIpv4(word: number): string {
  return `${(word >>> 24) & 255}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** IPv6 text of eight 16-bit words, by RFC 5952: lower case, the longest run of two or more zeros as `::`, the first of equals. */
export function formatIpv6(words: readonly number[]): string {
  const word = (index: number): number => words[index] ?? 0;
  const mapped = word(5) === 0xffff && !(word(0) | word(1) | word(2) | word(3) | word(4));
  if (mapped) return `::ffff:${formatIpv4(((word(6) << 16) | word(7)) >>> 0)}`;

  let runStart = -1;
  let runLength = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && word(end) === 0) end++;
    if (end - start > runLength) {
      runStart = start;
      runLength = end - start;
    }
    if (end > start) start = end;
  }
  let text = "";
  for (let index = 0; index < 8; index++) {
    if (index === runStart) {
      text += "::";
      index += runLength - 1;
    } else {
      text += index > 0 && !text.endsWith(":") ? `:${word(index).toString(16)}` : word(index).toString(16);
    }
  }
  return text;
}

/** The IPv4 address inside a canonical `::ffff:a.b.c.d`; undefined for any other. */
export function ipv4OfMapped(canonical: string): string | undefined {
  return canonical.startsWith("::ffff:") && canonical.includes(".") ? canonical.slice(7) : undefined;
}

/** True for `0.0.0.0`, `::` and `::ffff:0.0.0.0`: no address in particular. */
export function isWildcardIp(canonical: string): boolean {
  return canonical === "0.0.0.0" || canonical === "::" || canonical === "::ffff:0.0.0.0";
}

/** The address as a 32-bit word, or -1. */
function parseIpv4(text: string, from: number): number {
  let word = 0;
  let parts = 0;
  let part = -1;
  for (let index = from; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 0x2e;
    if (code === 0x2e) {
      if (part < 0 || ++parts > 4) return -1;
      word = word * 256 + part;
      part = -1;
    } else if (code >= 0x30 && code <= 0x39 && part !== 0) {
      part = (part < 0 ? 0 : part * 10) + code - 0x30;
      if (part > 255) return -1;
    } else {
      return -1;
    }
  }
  return parts === 4 ? word : -1;
}

function parseIpv6(text: string): number[] | undefined {
  const words: number[] = [];
  let gap = -1;
  let index = 0;
  if (text.startsWith("::")) {
    gap = 0;
    index = 2;
  }
  while (index < text.length) {
    if (words.length > 7) return undefined;
    const start = index;
    let word = 0;
    let digit = hexDigit(text.charCodeAt(index));
    while (digit >= 0 && index - start < 5) {
      word = word * 16 + digit;
      digit = ++index < text.length ? hexDigit(text.charCodeAt(index)) : -1;
    }
    if (index === start || index - start > 4) return undefined;
    if (text.charCodeAt(index) === 0x2e) {
      const ipv4 = parseIpv4(text, start);
      if (ipv4 < 0) return undefined;
      words.push(ipv4 >>> 16, ipv4 & 0xffff);
      break;
    }
    words.push(word);
    if (index === text.length) break;
    if (text.charCodeAt(index) !== 0x3a) return undefined;
    index++;
    if (text.charCodeAt(index) === 0x3a) {
      if (gap >= 0) return undefined;
      gap = words.length;
      index++;
    } else if (index === text.length) {
      return undefined;
    }
  }
  if (gap < 0) return words.length === 8 ? words : undefined;
  if (words.length > 7) return undefined;
  words.splice(gap, 0, ...new Array<number>(8 - words.length).fill(0));
  return words;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  return -1;
}
