import { readFileSync } from "node:fs";

/** Names of ports, by `port/protocol`. */
export type ServiceNames = ReadonlyMap<string, string>;

/** Parses a services file (services(5)). The first name of a port counts; bad lines are passed over. */
export function parseServiceNames(text: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([^\s#]+)\s+(\d{1,5}\/[a-z]+)/.exec(line);
    if (match === null) continue;
    const [, name = "", port = ""] = match;
    if (!names.has(port)) names.set(port, name);
  }
  return names;
}

/** The names of `/etc/services`; none where the file is missing. */
export function readServiceNames(): ServiceNames {
  try {
    return parseServiceNames(readFileSync("/etc/services", "utf8"));
  } catch {
    return new Map();
  }
}
