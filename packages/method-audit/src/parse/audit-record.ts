/**
 * One audit record, parsed as far as its head. The fields stay text until somebody asks for them (`auditField`): of most records
 * only a few are ever read.
 */
export interface AuditRecord {
  /** The number of the record's type, `AUDIT_…` in `include/uapi/linux/audit.h`; 1300 is SYSCALL. 0 for a name that is not known here. */
  readonly type: number;
  /** When the event happened, in nanoseconds since the epoch. Records tell it in milliseconds. */
  readonly time: bigint;
  /** The event that the record belongs to, 0–4294967295. Counts up from the machine's start, and begins again at 0. */
  readonly serial: number;
  /** The machine that it comes from, where auditd was told to say so (`name_format`, auditd.conf(5)). */
  readonly node?: string;
  /** The fields as they were written, `name=value` with spaces between, without the head. */
  readonly body: string;
  /** What auditd added in its enriched format: the same fields with names for numbers. */
  readonly enrichment?: string;
}
