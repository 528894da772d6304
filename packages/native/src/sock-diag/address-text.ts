/** Gives the text of an address in a message of sock_diag(7): 4 bytes for IPv4, 16 for IPv6, in network order. */
export interface AddressTexts {
  ipv4(bytes: Buffer, at: number): string;
  ipv6(bytes: Buffer, at: number): string;
}

/** Makes a formatter for one table. Most addresses of a table are the same few: they share one string. */
export function createAddressTexts(): AddressTexts {
  const ipv4 = new Map<number, string>();
  const ipv6 = new Map<string, string>();
  return {
    ipv4(bytes, at) {
      const word = bytes.readUInt32BE(at);
      let text = ipv4.get(word);
      if (text === undefined) {
        text = formatIpv4(word);
        ipv4.set(word, text);
      }
      return text;
    },
    ipv6(bytes, at) {
      const key = bytes.toString("latin1", at, at + 16);
      let text = ipv6.get(key);
      if (text === undefined) {
        text = formatIpv6(bytes, at);
        ipv6.set(key, text);
      }
      return text;
    },
  };
}

/** Of an address as one number, the first byte the highest. */
export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** RFC 5952: lower case, the longest run of two or more zeros as `::`, the first of equals; IPv4-mapped as `::ffff:a.b.c.d`. */
export function formatIpv6(bytes: Buffer, at: number): string {
  const words: number[] = [];
  for (let index = 0; index < 8; index++) words.push(bytes.readUInt16BE(at + index * 2));
  if (words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0)) {
    return `::ffff:${formatIpv4(bytes.readUInt32BE(at + 12))}`;
  }
  const [start, length] = longestZeros(words);
  const hex = (some: readonly number[]): string => some.map((word) => word.toString(16)).join(":");
  return length < 2 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`;
}

function longestZeros(words: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  let length = 0;
  for (const [index, word] of words.entries()) {
    length = word === 0 ? length + 1 : 0;
    if (length > best[1]) best = [index - length + 1, length];
  }
  return best;
}
