import { decodeBytes } from "../text/decode-bytes.ts";

/**
 * Parses `/proc/<pid>/environ`. Of several entries with one name the first wins, as in getenv(3); what has no `=` is
 * left out. The object has no prototype, so that no name can touch one.
 */
export function parseEnviron(bytes: Buffer): Record<string, string> {
  const env: Record<string, string> = Object.create(null);
  for (const entry of decodeBytes(bytes).split("\0")) {
    const equals = entry.indexOf("=");
    if (equals < 1) continue;
    const name = entry.slice(0, equals);
    if (!(name in env)) env[name] = entry.slice(equals + 1);
  }
  return env;
}
