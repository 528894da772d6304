import { deviceNumber } from "@procmon/core";
import { auditField } from "../parse/audit-field.ts";
import type { AuditRecord } from "../parse/audit-record.ts";
import { decodeAuditString } from "../parse/decode-audit-string.ts";
import type { AuditFile } from "./normalized-event.ts";
import { decimalAt, hexDigit } from "./number-text.ts";

/** The files of PATH records (the kernel's `audit_log_name`, `kernel/auditsc.c`), in the order of their `item=`. Never throws. */
export function readFiles(records: readonly AuditRecord[]): readonly AuditFile[] {
  const items = records.map((record) => ({
    item: decimalAt(auditField(record, "item") ?? "", 0),
    file: readFile(record),
  }));
  // Tools that print events print their records from the last to the first.
  return items.sort((a, b) => a.item - b.item).map(({ file }) => file);
}

/** The working directory of a CWD record; undefined where it has none. */
export function readCwd(record: AuditRecord): string | undefined {
  const raw = auditField(record, "cwd");
  return raw === undefined ? undefined : decodeAuditString(raw);
}

function readFile(record: AuditRecord): AuditFile {
  const name = auditField(record, "name");
  const inode = readInode(auditField(record, "inode") ?? "");
  const device = parseDevice(auditField(record, "dev") ?? "");
  return {
    name: name === undefined ? "" : (decodeAuditString(name) ?? ""),
    ...(inode !== undefined && { inode }),
    ...(device !== undefined && { device }),
  };
}

/** Inode numbers have 64 bits; one that a JavaScript number cannot hold is left out. */
function readInode(raw: string): number | undefined {
  if (!/^\d{1,16}$/.test(raw)) return undefined;
  const inode = Number(raw);
  return Number.isSafeInteger(inode) ? inode : undefined;
}

/**
 * The device of `dev=fd:00`, major and minor in hexadecimal, as stat(2) gives it to programs.
 * On btrfs stat tells another: the kernel writes the device of the whole file system here. Undefined for any other text.
 */
export function parseDevice(raw: string): number | undefined {
  const colon = raw.indexOf(":");
  const major = parseHex(raw, 0, colon);
  const minor = parseHex(raw, colon + 1, raw.length);
  if (colon < 0 || major < 0 || minor < 0) return undefined;
  // Of the kernel's own numbers major has 12 bits and minor 20, so this always fits into 32.
  return deviceNumber(major & 0xfff, minor);
}

/** -1 where it is no hexadecimal number of at most 20 bits. */
function parseHex(text: string, from: number, to: number): number {
  if (to <= from || to - from > 5) return -1;
  let value = 0;
  for (let index = from; index < to; index++) {
    const digit = hexDigit(text.charCodeAt(index));
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
