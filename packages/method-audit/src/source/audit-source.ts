import type { AuditRecord } from "../parse/audit-record.ts";
import type { ArrivalReading } from "./arrival-reading.ts";

/** Where audit records come from. */
export type AuditSourceKind = "multicast" | "plugin" | "unicast";

/** Who takes the records. Nothing here throws. */
export interface AuditSink {
  /** `reading` is what was read of the process when the record arrived. Its bytes are the receiver's to keep. */
  record(record: AuditRecord, reading?: ArrivalReading): void;
  /** Nothing more is there for the moment. */
  idle(): void;
  /** So many records, or as many events as their serial numbers show, were produced and did not come. */
  lost(cause: string, count: number): void;
  /** A line or datagram that is no record. */
  garbage(): void;
  /** The source broke, and tries to come back; and that it did. */
  down(reason: string): void;
  up(): void;
  /** The source cannot come back. */
  fail(cause: unknown): void;
}

/** A source of audit records. */
export interface AuditSource {
  readonly kind: AuditSourceKind;
  /** Resolves once records flow. @throws ProcmonError `METHOD_UNAVAILABLE` with a sentence for the user */
  start(): Promise<void>;
  /** Idempotent; gives everything back. What has arrived is handed over first. */
  stop(): Promise<void>;
  stats(): Readonly<Record<string, number>>;
}
