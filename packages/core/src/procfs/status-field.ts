/**
 * The value of one line of `/proc/<pid>/status`. The first line holds the process's name, in which the kernel escapes
 * newlines, so that no name can pretend to be another line.
 */
export function statusField(text: string, name: string): string | undefined {
  const line = `${name}:`;
  let at = text.startsWith(line) ? 0 : -1;
  if (at < 0) {
    at = text.indexOf(`\n${line}`) + 1;
    if (at === 0) return undefined;
  }
  const end = text.indexOf("\n", at);
  return text.slice(at + line.length, end < 0 ? text.length : end).trim();
}

/** The same as a number; undefined where it is none. */
export function statusNumber(text: string, name: string): number | undefined {
  const field = statusField(text, name);
  if (field === undefined || !/^\d{1,16}$/.test(field)) return undefined;
  return Number(field);
}
