import { auditField } from "../parse/audit-field.ts";
import type { AuditRecord } from "../parse/audit-record.ts";
import { RecordType } from "../parse/record-types.ts";
import { findSocketcall, findSyscall, type KnownSyscall } from "../syscalls/find-syscall.ts";
import { AUDIT_ARCH, SOCKETCALL } from "../syscalls/syscall-numbers.ts";
import { hexIntAt } from "./number-text.ts";
import { readSyscallRecord } from "./syscall-record.ts";

/** A call that Procmon knows, what it was given, and what came of it. */
export interface CallArguments extends KnownSyscall {
  /** 0, or the errno, positive. */
  readonly errno: number;
  /** What it returned; 0 where it failed. */
  readonly result: number;
  /** The first three arguments, as `int`. */
  readonly args: readonly [number, number, number];
}

/** Reads which call a SYSCALL record is about. Undefined for one that Procmon does not know, and for what makes no sense; never throws. */
export function readCall(record: AuditRecord, records: readonly AuditRecord[]): CallArguments | undefined {
  const found = readSyscallRecord(record);
  if (!found) return undefined;
  const { arch, number, errno, result, args } = found;
  if (arch === AUDIT_ARCH.i386 && number === SOCKETCALL) {
    const known = findSocketcall(args[0]);
    const given = known && readSocketcall(records);
    return given && { name: known.name, kind: known.kind, errno, result, args: given };
  }
  const known = findSyscall(arch, number);
  return known && { name: known.name, kind: known.kind, errno, result, args };
}

/** The arguments of the call that `socketcall` was asked for, which are in memory: the kernel shows them in a record of their own. */
function readSocketcall(records: readonly AuditRecord[]): CallArguments["args"] | undefined {
  const record = records.find(({ type }) => type === RecordType.SOCKETCALL);
  if (!record) return undefined;
  const a0 = hexIntAt(auditField(record, "a0") ?? "", 0);
  const a1 = hexIntAt(auditField(record, "a1") ?? "", 0);
  if (a0 === undefined || a1 === undefined) return undefined;
  // All of these calls have at least two: listen no more.
  return [a0, a1, hexIntAt(auditField(record, "a2") ?? "", 0) ?? 0];
}
