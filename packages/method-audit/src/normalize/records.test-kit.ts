import type { AuditEvent } from "../assemble/audit-event.ts";
import type { AuditRecord } from "../parse/audit-record.ts";
import { RecordType } from "../parse/record-types.ts";

/** A record of one event that all of these tests share. */
export function recordOf(type: keyof typeof RecordType, body: string): AuditRecord {
  return { type: RecordType[type], time: 1_700_000_000_123_000_000n, serial: 7, body };
}

/** What a SYSCALL record says besides the call. */
export const WHO =
  'items=0 ppid=10 pid=11 auid=1000 uid=1 gid=5 euid=2 suid=3 fsuid=4 egid=6 sgid=7 fsgid=8 tty=(none) ses=1 comm="a" exe="/bin/a" key="k"';

/** A SYSCALL record: `call` is its fields up to `a3=`. */
export function syscallOf(call: string): AuditRecord {
  return recordOf("SYSCALL", `${call} ${WHO}`);
}

/** An event of these records. */
export function eventOf(...records: [AuditRecord, ...AuditRecord[]]): AuditEvent {
  return { time: records[0].time, serial: 7, records, complete: true };
}
