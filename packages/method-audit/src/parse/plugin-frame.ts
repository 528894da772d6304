import { endianness } from "node:os";
import type { AuditRecord } from "./audit-record.ts";
import { parseAuditPayload } from "./parse-audit-payload.ts";
import { parseAuditRecord } from "./parse-audit-record.ts";

/** `struct audit_dispatcher_header` of libaudit.h: four 32-bit numbers in the machine's order: version, length of this, type, size. */
export const FRAME_HEADER = 16;
/** What follows a header in the stream of auditd up to 4.0, used or not (`MAX_AUDIT_MESSAGE_LENGTH` of libaudit.h). */
export const PADDED_TEXT = 8970;
/** A greater size is none: enriched texts of auditd have less than twice `PADDED_TEXT`. */
export const LONGEST_TEXT = 32_768;
/** A header, and as much of the text as shows that it is one. */
export const FRAME_START: number = FRAME_HEADER + 6;

/** Version 0 has a record as the kernel sent it, `audit(…): …`. */
const RAW = 0;
/** Version 1 (`AUDISP_PROTOCOL_VER2`) has a whole line, `[node=… ]type=… msg=audit(…): …`, enriched. */
const FORMATTED = 1;

const isLittle = endianness() === "LE";
/** The part of a header that is always the same: the upper bytes of the version, and the header's length; and where it begins. */
const MARK = isLittle ? Buffer.from([0, 0, 0, FRAME_HEADER, 0, 0, 0]) : Buffer.from([0, 0, 0, FRAME_HEADER]);
const MARK_AT = isLittle ? 1 : 4;

/** The size of the text whose frame begins at `at`, of which `FRAME_START` bytes are there; -1 where no frame begins. */
export function frameSize(bytes: Buffer, at: number): number {
  const version = read(bytes, at);
  if (version > FORMATTED || read(bytes, at + 4) !== FRAME_HEADER || read(bytes, at + 8) > 0xffff) return -1;
  const size = read(bytes, at + 12);
  if (size < FRAME_START - FRAME_HEADER || size > LONGEST_TEXT) return -1;
  const start = bytes.toString("latin1", at + FRAME_HEADER, at + FRAME_START);
  const isText = version === RAW ? start === "audit(" : start.startsWith("type=") || start.startsWith("node=");
  return isText ? size : -1;
}

/** The next place at or after `from` where a frame begins; or may begin, as far as its bytes are there. Those before it are none. */
export function nextFrame(bytes: Buffer, from: number, end: number): number {
  const part = bytes.subarray(0, end);
  for (let mark = part.indexOf(MARK, from + MARK_AT); mark >= 0; mark = part.indexOf(MARK, mark + 1)) {
    const at = mark - MARK_AT;
    if (at + FRAME_START > end || frameSize(bytes, at) >= 0) return at;
  }
  return Math.max(from, end - FRAME_START);
}

/** The record of the frame at `at`, whose text ends before `end`. Undefined where it is none. */
export function frameRecord(bytes: Buffer, at: number, end: number): AuditRecord | undefined {
  const text = bytes.toString("latin1", at + FRAME_HEADER, end);
  return read(bytes, at) === RAW ? parseAuditPayload(read(bytes, at + 8), text) : parseAuditRecord(text);
}

function read(bytes: Buffer, at: number): number {
  return isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}
