/** Bytes of one piece of memory. */
const POOL_BYTES = 64 * 1024;
/** What is larger has memory of its own. */
const LARGEST = POOL_BYTES / 4;

/** Copies bytes into memory that is given back as a whole, one behind the other without a gap. */
export type EventPool = (bytes: Uint8Array) => Buffer;

/** Makes a pool. Unlike Node.js's own it leaves no gaps, so that events that follow each other are a message as they are: see {@link joined}. */
export function createEventPool(): EventPool {
  let pool = Buffer.alloc(0);
  let at = 0;
  return (bytes) => {
    const { length } = bytes;
    if (length > LARGEST) {
      const own = Buffer.allocUnsafeSlow(length);
      own.set(bytes);
      return own;
    }
    if (at + length > pool.length) {
      pool = Buffer.allocUnsafeSlow(POOL_BYTES);
      at = 0;
    }
    pool.set(bytes, at);
    at += length;
    return pool.subarray(at - length, at);
  };
}

/** All parts in a row: without a copy where they are so already. */
export function joined(parts: readonly Buffer[]): Buffer {
  const [first] = parts;
  if (first === undefined) return Buffer.alloc(0);
  let end = first.byteOffset;
  for (const part of parts) {
    if (part.buffer !== first.buffer || part.byteOffset !== end) return Buffer.concat(parts);
    end += part.length;
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset);
}
