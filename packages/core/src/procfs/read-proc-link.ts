import { readlinkSync } from "node:fs";
import { decodeBytes } from "../text/decode-bytes.ts";
import { type ReadOutcome, readFailure } from "./read-outcome.ts";

/** Reads a symbolic link of `/proc`, without losing bytes that are not UTF-8. */
export function readProcLink(path: string): ReadOutcome<string> {
  try {
    const target = readlinkSync(path);
    // Node has put U+FFFD where it could not decode, unless the name really holds one.
    if (!target.includes("\ufffd")) return { ok: true, value: target };
    return { ok: true, value: decodeBytes(readlinkSync(path, "buffer")) };
  } catch (error) {
    return { ok: false, failure: readFailure(error) };
  }
}
