import type { AuditRecord } from "../parse/audit-record.ts";

/** All records of one event: what one system call, or one message of a program, left. */
export interface AuditEvent {
  /** In nanoseconds since the epoch; the same in all of its records. */
  readonly time: bigint;
  readonly serial: number;
  readonly node?: string;
  /** In the order in which they came; at least one. The record that ends an event (EOE) is left out. */
  readonly records: readonly [AuditRecord, ...AuditRecord[]];
  /**
   * False where its end never came, so that records may be missing. The record before the end, PROCTITLE, does as well: auditd leaves ends
   * out of its files.
   */
  readonly complete: boolean;
}
