import type { AuditRecord } from "./audit-record.ts";
import { eventTime } from "./event-time.ts";

const STAMP = "audit(";
const [DIGIT_0, DOT, COLON, CLOSING, SPACE] = [0x30, 0x2e, 0x3a, 0x29, 0x20];
const LAST_SERIAL = 0xffff_ffff;
/** Seconds of more digits are no time of this kernel. */
const MOST_SECONDS = 999_999_999_999;
/** Between the fields and their interpretation (`AUDIT_INTERP_SEPARATOR` of libaudit.h). */
const ENRICHMENT = "\x1d";

/**
 * The record whose `audit(<seconds>.<milliseconds>:<serial>): ` begins at `at`; what follows is its body (`audit_log_start` in
 * `kernel/audit.c`). Undefined where there is no such stamp.
 */
export function stampedRecord(
  type: number,
  node: string | undefined,
  text: string,
  at: number,
): AuditRecord | undefined {
  if (!text.startsWith(STAMP, at)) return undefined;
  let next = at + STAMP.length;

  const secondsAt = next;
  let seconds = 0;
  for (let digit = digitAt(text, next); digit >= 0; digit = digitAt(text, ++next)) {
    seconds = seconds * 10 + digit;
    if (seconds > MOST_SECONDS) return undefined;
  }
  if (next === secondsAt || text.charCodeAt(next) !== DOT) return undefined;

  const [first, second, third] = [digitAt(text, next + 1), digitAt(text, next + 2), digitAt(text, next + 3)];
  if (first < 0 || second < 0 || third < 0 || text.charCodeAt(next + 4) !== COLON) return undefined;
  next += 5;

  const serialAt = next;
  let serial = 0;
  for (let digit = digitAt(text, next); digit >= 0; digit = digitAt(text, ++next)) {
    serial = serial * 10 + digit;
    if (serial > LAST_SERIAL) return undefined;
  }
  if (next === serialAt || text.charCodeAt(next) !== CLOSING || text.charCodeAt(next + 1) !== COLON) return undefined;
  next += 2;
  if (text.charCodeAt(next) === SPACE) next++;

  return record(type, eventTime(seconds, first * 100 + second * 10 + third), serial, node, text, next);
}

/** Four literals: an object with properties that are there and undefined would be another thing than the contract's. */
function record(
  type: number,
  time: bigint,
  serial: number,
  node: string | undefined,
  text: string,
  at: number,
): AuditRecord {
  const end = endOfText(text, at);
  const cut = text.indexOf(ENRICHMENT, at);
  if (cut < 0 || cut >= end) {
    const body = text.slice(at, end);
    return node === undefined ? { type, time, serial, body } : { type, time, serial, node, body };
  }
  const body = text.slice(at, cut);
  const enrichment = text.slice(cut + 1, end);
  return node === undefined ? { type, time, serial, body, enrichment } : { type, time, serial, node, body, enrichment };
}

/** Without the line's end, the zero byte of C, and the spaces that some records end with. */
function endOfText(text: string, at: number): number {
  let end = text.length;
  while (end > at) {
    const code = text.charCodeAt(end - 1);
    if (code !== SPACE && code !== 0x0a && code !== 0x0d && code !== 0) break;
    end--;
  }
  return end;
}

/** -1 for anything that is no digit. */
function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - DIGIT_0;
  return digit >= 0 && digit <= 9 ? digit : -1;
}
