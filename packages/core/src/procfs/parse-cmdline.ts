import { decodeBytes } from "../text/decode-bytes.ts";

/**
 * Parses `/proc/<pid>/cmdline`: arguments, each ended by NUL. Empty ones are kept, also at the end. What is not ended by NUL
 * is an argument too: the process has written over its arguments (a title), or the bytes were cut.
 */
export function parseCmdline(bytes: Buffer): string[] {
  if (bytes.length === 0) return [];
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length;
  return decodeBytes(bytes.subarray(0, end)).split("\0");
}

/**
 * True for one text and then nothing but empty arguments. So look real empty arguments, and so looks a title that a
 * process wrote over its arguments, filling up with NUL (setproctitle(3)).
 */
export function mayBeTitle(args: readonly string[]): boolean {
  return args.length > 1 && args[0] !== "" && args.every((arg, i) => i === 0 || arg === "");
}
