import { auditField } from "../parse/audit-field.ts";
import type { AuditRecord } from "../parse/audit-record.ts";
import { decodeAuditString } from "../parse/decode-audit-string.ts";
import type { ExecArguments } from "./exec-arguments.ts";

/**
 * The arguments as a PROCTITLE record has them, for an event whose EXECVE record is missing. The kernel cuts it at 128 bytes
 * (`MAX_PROCTITLE_AUDIT_LEN`), and leaves out empty arguments at its end: nobody can tell whether it is whole. Undefined where it
 * tells none.
 */
export function readTitleArguments(record: AuditRecord): ExecArguments | undefined {
  const raw = auditField(record, "proctitle");
  const title = raw === undefined ? undefined : decodeAuditString(raw);
  return title === undefined ? undefined : { args: title.split("\0"), argsTruncated: true };
}
