import type { AuditRecord } from "../parse/audit-record.ts";
import { decodeAuditString } from "../parse/decode-audit-string.ts";
import type { AuditSubject } from "./normalized-event.ts";
import { decimalAt, hexIntAt } from "./number-text.ts";

/** What a SYSCALL record tells, of any system call. */
export interface SyscallRecord {
  /** One of `AUDIT_ARCH`, or another. */
  readonly arch: number;
  readonly number: number;
  /** 0, or the errno, positive. */
  readonly errno: number;
  /** What the call returned; 0 where it failed, or never returned. */
  readonly result: number;
  /** The first three arguments, as `int`. */
  readonly args: readonly [number, number, number];
}

const EINTR = 4;
/** The highest errno, `MAX_ERRNO` of `include/linux/err.h`. */
const MAX_ERRNO = 4095;
/** No login: `AUDIT_UID_UNSET`. */
const UNSET = 0xffffffff;
/** A 64-bit architecture: `__AUDIT_ARCH_64BIT`. */
const IS_64_BIT = 0x80000000;

/**
 * Reads the numbers of the call (the kernel's `kernel/auditsc.c`, `audit_log_exit`). The fields have stood in the same order for
 * ever, so each is looked for from the place of the last. Undefined where one is missing or makes no sense; linear time, never throws.
 */
export function readSyscallRecord(record: AuditRecord): SyscallRecord | undefined {
  const text = record.body;
  const archAt = text.startsWith("arch=") ? 5 : valueAt(text, " arch=", 0);
  const callAt = valueAt(text, " syscall=", archAt);
  const arch = hexIntAt(text, archAt);
  const number = decimalAt(text, callAt);
  if (archAt < 0 || arch === undefined || number < 0) return undefined;

  const a0At = valueAt(text, " a0=", callAt);
  const a1At = valueAt(text, " a1=", a0At);
  const a2At = valueAt(text, " a2=", a1At);
  const a0 = hexIntAt(text, a0At);
  const a1 = hexIntAt(text, a1At);
  const a2 = hexIntAt(text, a2At);
  if (a0 === undefined || a1 === undefined || a2 === undefined) return undefined;

  const exitAt = valueAt(text, " exit=", callAt);
  const outcome = exitAt < 0 ? undefined : readExit(text, exitAt, arch);
  // exit_group never returns, and of any other call it means that the task was killed in it.
  if (exitAt >= 0 && outcome === undefined) return undefined;
  const { errno, result } = outcome ?? NEVER_RETURNED;
  return { arch: arch >>> 0, number, errno, result, args: [a0, a1, a2] };
}

/** Who called. Undefined where a field that every kernel writes is missing or makes no sense; linear time, never throws. */
export function readSubject(record: AuditRecord): AuditSubject | undefined {
  const text = record.body;
  const ppidAt = valueAt(text, " ppid=", 0);
  const pidAt = valueAt(text, " pid=", ppidAt);
  const auidAt = valueAt(text, " auid=", pidAt);
  const uidAt = valueAt(text, " uid=", auidAt);
  const gidAt = valueAt(text, " gid=", uidAt);
  const euidAt = valueAt(text, " euid=", gidAt);
  const suidAt = valueAt(text, " suid=", euidAt);
  const egidAt = valueAt(text, " egid=", suidAt);
  const sgidAt = valueAt(text, " sgid=", egidAt);
  const ppid = decimalAt(text, ppidAt);
  const pid = decimalAt(text, pidAt);
  const uid = decimalAt(text, uidAt);
  const gid = decimalAt(text, gidAt);
  const euid = decimalAt(text, euidAt);
  const suid = decimalAt(text, suidAt);
  const egid = decimalAt(text, egidAt);
  const sgid = decimalAt(text, sgidAt);
  if (pid < 1 || ppid < 0 || uid < 0 || gid < 0 || euid < 0 || suid < 0 || egid < 0 || sgid < 0) return undefined;

  const commAt = valueAt(text, " comm=", sgidAt);
  const comm = textAt(text, commAt);
  const exe = textAt(text, valueAt(text, " exe=", commAt));
  const auid = decimalAt(text, auidAt);
  return {
    pid,
    ppid,
    uid,
    euid,
    suid,
    gid,
    egid,
    sgid,
    ...(auid >= 0 && auid !== UNSET && { auid }),
    comm: comm ?? "",
    ...(exe !== undefined && { exe }),
  };
}

/** The keys of the rules that made the record. The kernel puts 0x01 between several (`AUDIT_KEY_SEPARATOR`). */
export function readKeys(record: AuditRecord): readonly string[] {
  const at = record.body.lastIndexOf(" key=");
  const key = at < 0 ? undefined : textAt(record.body, at + 5);
  return key === undefined ? NO_KEYS : key.split("\x01");
}

const NO_KEYS: readonly string[] = [];
const NEVER_RETURNED = { errno: EINTR, result: 0 };

/** Where the value of a field begins: the next one of that name, else the first one of the text, else -1. */
function valueAt(text: string, field: string, from: number): number {
  let at = text.indexOf(field, from);
  if (at < 0 && from > 0) at = text.indexOf(field);
  return at < 0 ? -1 : at + field.length;
}

/** A string of the record at a place; undefined where there is none, or it is `(null)`. */
function textAt(text: string, at: number): string | undefined {
  // Lines whose enrichment has lost its separator go on right behind it.
  if (at < 0 || text.startsWith(NONE, at)) return undefined;
  const end = text.charCodeAt(at) === QUOTE ? text.indexOf('"', at + 1) + 1 : text.indexOf(" ", at);
  return decodeAuditString(text.slice(at, end > 0 ? end : text.length));
}

const QUOTE = 0x22;
const NONE = "(null)";

/** The signed decimal number of `exit=`; undefined where it is none, or an error that no call returns. */
function readExit(text: string, at: number, arch: number): { errno: number; result: number } | undefined {
  const isNegative = text.charCodeAt(at) === 0x2d;
  let value = decimalAt(text, isNegative ? at + 1 : at);
  if (value < 0) return undefined;
  if (isNegative) value = -value;
  // Some kernels show what a 32-bit program got without its sign.
  else if ((arch & IS_64_BIT) === 0 && value > 0x7fffffff) value -= 0x100000000;
  if (value >= 0) return { errno: 0, result: value };
  return value < -MAX_ERRNO ? undefined : { errno: -value, result: 0 };
}
