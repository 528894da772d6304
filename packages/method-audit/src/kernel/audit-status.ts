/** The state of the kernel's audit system: `struct audit_status` of `include/uapi/linux/audit.h`. */
export interface AuditStatus {
  /** 0 is off, 1 on; 2 is on, and nothing can be changed until the machine starts again (auditctl(8), `-e 2`). */
  readonly enabled: number;
  /** The process to which records are sent, usually auditd; 0 for none. */
  readonly pid: number;
  /** Records that the kernel holds at most. */
  readonly backlogLimit: number;
  /** Records that it holds now. */
  readonly backlog: number;
  /** Records that it dropped since the machine started, or since the counter was reset. */
  readonly lost: number;
  /** `AUDIT_STATUS_…` and `AUDIT_FEATURE_BITMAP_…` that this kernel knows. */
  readonly features: number;
}
