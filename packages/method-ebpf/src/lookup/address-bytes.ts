/**
 * Writes an address as the 16 bytes by which the kernel's programs tell it, IPv4 as ::ffff:a.b.c.d. Makes no garbage: it stands in the way of every
 * lookup.
 *
 * @param text canonical, as core's `canonicalIp` writes it
 * @returns false for what is no address; then any bytes may have been written
 */
export function writeAddress(bytes: Uint8Array, at: number, text: string): boolean {
  if (text.indexOf(":") >= 0) return writeIpv6(bytes, at, text);
  for (let index = 0; index < 10; index++) bytes[at + index] = 0;
  bytes[at + 10] = 0xff;
  bytes[at + 11] = 0xff;
  return writeIpv4(bytes, at + 12, text, 0);
}

/** True for IPv4 in the 16 bytes. */
export function isIpv4At(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 10] !== 0xff || bytes[at + 11] !== 0xff) return false;
  for (let index = 0; index < 10; index++) if (bytes[at + index] !== 0) return false;
  return true;
}

function writeIpv4(bytes: Uint8Array, at: number, text: string, from: number): boolean {
  let part = -1;
  let parts = 0;
  for (let index = from; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : DOT;
    if (code === DOT) {
      if (part < 0 || parts === 4) return false;
      bytes[at + parts++] = part;
      part = -1;
    } else {
      const digit = code - 0x30;
      if (digit < 0 || digit > 9) return false;
      part = part < 0 ? digit : part * 10 + digit;
      if (part > 255) return false;
    }
  }
  return parts === 4;
}

function writeIpv6(bytes: Uint8Array, at: number, text: string): boolean {
  const end = at + 16;
  let to = at;
  let gap = -1;
  let index = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false;
    gap = to;
    index = 2;
  }
  while (index < text.length) {
    if (to + 2 > end) return false;
    const start = index;
    let word = 0;
    let digit = hexDigit(text.charCodeAt(index));
    while (digit >= 0 && index - start < 4) {
      word = (word << 4) | digit;
      digit = hexDigit(text.charCodeAt(++index));
    }
    if (text.charCodeAt(index) === DOT) {
      if (to + 4 > end || !writeIpv4(bytes, to, text, start)) return false;
      to += 4;
      break;
    }
    if (index === start) return false;
    bytes[to++] = word >>> 8;
    bytes[to++] = word & 0xff;
    if (index === text.length) break;
    if (text.charCodeAt(index++) !== COLON) return false;
    if (text.charCodeAt(index) === COLON) {
      if (gap >= 0) return false;
      gap = to;
      index++;
    } else if (index === text.length) {
      return false;
    }
  }
  if (to === end) return gap < 0;
  if (gap < 0) return false;
  // What follows the gap goes to the end.
  const moved = to - gap;
  for (let back = 1; back <= moved; back++) {
    bytes[end - back] = bytes[to - back] ?? 0;
  }
  for (let zero = gap; zero < end - moved; zero++) bytes[zero] = 0;
  return true;
}

const DOT = 0x2e;
const COLON = 0x3a;

/** NaN, as of a place behind the end, is no digit. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}
