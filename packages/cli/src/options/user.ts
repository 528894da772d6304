import { readFileSync } from "node:fs";
import { ProcmonError, parsePasswd } from "@procmon/core";

function readPasswd(): Buffer {
  try {
    return readFileSync("/etc/passwd");
  } catch {
    return Buffer.alloc(0);
  }
}

/**
 * The uid of a user given by name or number.
 *
 * @throws ProcmonError `INVALID_OPTION` for a name that `/etc/passwd` does not have, or an impossible number
 */
export function findUid(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= 4_294_967_295) return Number(text);
  for (const [uid, name] of parsePasswd(readPasswd())) if (name === text) return uid;
  throw new ProcmonError({ code: "INVALID_OPTION", message: `There is no user "${text}" in /etc/passwd.` });
}
