import type { AuditRecord } from "./audit-record.ts";
import { stampedRecord } from "./stamped-record.ts";

/**
 * A record as the kernel sends it over netlink: its type, and the text `audit(<seconds>.<milliseconds>:<serial>): <fields>`. A zero byte
 * or line end after it is left out. Undefined where it is something else; never throws.
 *
 * @param text a character for each byte (`latin1`): all text of the kernel is ASCII, but programs' messages are theirs
 */
export function parseAuditPayload(type: number, text: string): AuditRecord | undefined {
  return stampedRecord(type, undefined, text, 0);
}
