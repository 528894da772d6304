import { escapeAnsiC, isUnsafe } from "./escape.ts";

/** Characters that no shell gives a meaning to, anywhere in a word. */
const BARE = /^[\p{L}\p{N}_@%+:,./=-]+$/u;

/** Quotes one argument as a shell would need it; anything unprintable is shown in bash's `$'…'`. */
export function quoteArg(arg: string): string {
  if (BARE.test(arg)) return arg;
  if (isUnsafe(arg)) return `$'${escapeAnsiC(arg)}'`;
  return `'${arg.replaceAll("'", "'\\''")}'`;
}

/**
 * Joins arguments for display, so that their borders can be seen.
 *
 * @param limit Stop after about so many characters; an ellipsis tells. @default no limit
 */
export function quoteArgs(args: readonly string[], limit: number = Number.POSITIVE_INFINITY): string {
  let line = "";
  for (const arg of args) {
    if (line.length >= limit) return `${line} …`;
    const rest = limit - line.length;
    const shown = arg.length > rest ? `${quoteArg(arg.slice(0, rest))}…` : quoteArg(arg);
    line = line === "" ? shown : `${line} ${shown}`;
  }
  return line;
}
