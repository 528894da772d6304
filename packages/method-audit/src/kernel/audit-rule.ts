/** A rule of the kernel's audit system: `struct audit_rule_data` of `include/uapi/linux/audit.h`. */
export interface AuditRule {
  /** `AUDIT_FILTER_…` without flags; 4 is the list that is looked at when a system call ends, 1 that when a task is made. */
  readonly list: number;
  /** `AUDIT_NEVER` (0) or `AUDIT_ALWAYS` (2). */
  readonly action: number;
  /** Numbers of system calls, ascending; `"all"` for every one. */
  readonly syscalls: readonly number[] | "all";
  readonly fields: readonly AuditRuleField[];
  /** Names that records carry; several are one text with \x01 between. */
  readonly key?: string;
}

/** A condition; all of a rule's have to hold. */
export interface AuditRuleField {
  /** `AUDIT_…`, for example 11 (`AUDIT_ARCH`). */
  readonly field: number;
  /** `AUDIT_EQUAL` and the like, for example 0x40000000. */
  readonly op: number;
  readonly value: number;
  /** Of fields whose value is a text. */
  readonly text?: string;
}
