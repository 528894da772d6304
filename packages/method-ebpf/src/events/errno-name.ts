import { getSystemErrorMap } from "node:util";

/** The name of an errno, for example `ECONNREFUSED` (errno(3)); one that Node.js does not know is told by its number. */
export function errnoName(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `E${errno}`;
}
