import { createHash } from "node:crypto";

/** Characters. A path may have 4095 bytes, and thousands of them are kept. */
const LONGEST = 512;

/** A key of bounded length: a long one gives way to its digest. */
export function shortKey(key: string): string {
  return key.length <= LONGEST ? key : createHash("sha256").update(key).digest("base64");
}
