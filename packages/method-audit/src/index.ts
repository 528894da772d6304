export {
  type AssemblerStats,
  type AuditAssembler,
  type AuditAssemblerOptions,
  createAuditAssembler,
} from "./assemble/audit-assembler.ts";
export type { AuditEvent } from "./assemble/audit-event.ts";
export { auditMethod, auditMethod as default } from "./audit-method.ts";
export { normalizeAuditEvent } from "./normalize/normalize-audit-event.ts";
export type * from "./normalize/normalized-event.ts";
export type { SocketAddress } from "./normalize/socket-address.ts";
export type { AuditMethodOptions } from "./options.ts";
export { auditField, auditMessage } from "./parse/audit-field.ts";
export type { AuditRecord } from "./parse/audit-record.ts";
export { decodeAuditString } from "./parse/decode-audit-string.ts";
export { parseAuditRecord } from "./parse/parse-audit-record.ts";
export { type AuditActivity, DEFAULT_ACTIVITIES } from "./rules/activities.ts";
