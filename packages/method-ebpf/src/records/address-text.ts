/** Gives the text of the 16 bytes by which the programs tell an address: canonical, as core's `canonicalIp` writes it. */
export interface AddressTexts {
  /** Of an AF_INET socket, whose address is in the last four bytes: dotted. */
  ipv4(view: DataView, at: number): string;
  /** Of an AF_INET6 socket: IPv4-mapped as `::ffff:a.b.c.d`. */
  ipv6(view: DataView, at: number): string;
}

/** Texts that are kept; a power of two. */
const SLOTS = 4096;

/**
 * Makes a formatter that remembers: most addresses of a machine are the same few, and share one string. Each address has one place in
 * it that it may take from another, so that it never grows.
 */
export function createAddressTexts(): AddressTexts {
  const words4 = new Uint32Array(SLOTS);
  const texts4: (string | undefined)[] = new Array<string | undefined>(SLOTS).fill(undefined);
  const words6 = new Uint32Array(SLOTS * 4);
  const texts6: (string | undefined)[] = new Array<string | undefined>(SLOTS).fill(undefined);

  return {
    ipv4(view, at) {
      const word = view.getUint32(at + 12);
      const slot = slotOf(word);
      const known = texts4[slot];
      if (known !== undefined && words4[slot] === word) return known;
      const text = formatIpv4(word);
      words4[slot] = word;
      texts4[slot] = text;
      return text;
    },
    ipv6(view, at) {
      const a = view.getUint32(at);
      const b = view.getUint32(at + 4);
      const c = view.getUint32(at + 8);
      const d = view.getUint32(at + 12);
      const slot = slotOf(a ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ d);
      const known = texts6[slot];
      const key = slot * 4;
      if (
        known !== undefined &&
        words6[key] === a &&
        words6[key + 1] === b &&
        words6[key + 2] === c &&
        words6[key + 3] === d
      ) {
        return known;
      }
      const text = formatIpv6(a, b, c, d);
      words6[key] = a;
      words6[key + 1] = b;
      words6[key + 2] = c;
      words6[key + 3] = d;
      texts6[slot] = text;
      return text;
    },
  };
}

/** Spreads numbers that differ in few bits, as neighbours in a network do. */
function slotOf(word: number): number {
  return (Math.imul(word, 0x9e3779b1) >>> 20) & (SLOTS - 1);
}

function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** RFC 5952: lower case, the longest run of two or more zeros as `::`, the first of equals; IPv4-mapped as `::ffff:a.b.c.d`. */
function formatIpv6(a: number, b: number, c: number, d: number): string {
  if (a === 0 && b === 0 && c === 0xffff) return `::ffff:${formatIpv4(d)}`;
  const words = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff];
  let start = 0;
  let longest = 1;
  let run = 0;
  for (let index = 0; index < 8; index++) {
    run = words[index] === 0 ? run + 1 : 0;
    if (run > longest) {
      longest = run;
      start = index - run + 1;
    }
  }
  const hex = (some: readonly number[]): string => some.map((word) => word.toString(16)).join(":");
  return longest < 2 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(start + longest))}`;
}
