import { closeSync, openSync, readSync } from "node:fs";

/**
 * The beginning of a file of `/proc`, up to so many bytes; empty where it may not be read. What is no UTF-8 is U+FFFD.
 */
export function readText(path: string, limit: number): string {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  try {
    const file = openSync(path, "r");
    try {
      // The kernel gives such a file in pieces.
      for (let read = 1; read > 0 && length < limit; length += read) {
        read = readSync(file, buffer, length, limit - length, null);
      }
    } finally {
      closeSync(file);
    }
  } catch {
    // Gone, or not for us: as if it were empty.
  }
  return buffer.toString("utf8", 0, length);
}
