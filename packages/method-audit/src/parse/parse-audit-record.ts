import type { AuditRecord } from "./audit-record.ts";
import { recordTypeNumber } from "./record-types.ts";
import { stampedRecord } from "./stamped-record.ts";

const [NODE, TYPE, MESSAGE, UNKNOWN] = ["node=", "type=", "msg=", "UNKNOWN["];
const LAST_TYPE = 0xffff;

/**
 * A line of `audit.log`, of auditd's af_unix plugin (`format = string`), or of `ausearch --raw`:
 *
 *     [node=<name> ]type=<name> msg=audit(<seconds>.<milliseconds>:<serial>): <fields>[\x1d<interpretation>]
 *
 * The type may be `UNKNOWN[<number>]`, or the number alone. A line end (LF, CR LF) or zero byte after it is left out. Undefined where it is
 * something else; never throws, in time linear to the length.
 *
 * @param line a character for each byte (`latin1`) keeps bytes that are no UTF-8; text that is decoded already is taken, too
 */
export function parseAuditRecord(line: string): AuditRecord | undefined {
  let at = 0;
  let node: string | undefined;
  if (line.startsWith(NODE)) {
    const end = line.indexOf(" ", NODE.length);
    if (end <= NODE.length) return undefined;
    node = line.slice(NODE.length, end);
    at = end + 1;
  }
  if (!line.startsWith(TYPE, at)) return undefined;
  at += TYPE.length;
  const end = line.indexOf(" ", at);
  if (end < 0) return undefined;
  const type = typeOf(line.slice(at, end));
  if (type === undefined) return undefined;
  at = end + 1;
  return stampedRecord(type, node, line, line.startsWith(MESSAGE, at) ? at + MESSAGE.length : at);
}

/** 0 for a name that is not known here: the record still shows that its event was, and what belongs to it. */
function typeOf(name: string): number | undefined {
  const known = recordTypeNumber(name);
  if (known !== undefined) return known;
  if (/^\d{1,5}$/.test(name)) return numberOf(name);
  if (name.startsWith(UNKNOWN)) return numberOf(/^\[(\d{1,5})\]$/.exec(name.slice(UNKNOWN.length - 1))?.[1]);
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? 0 : undefined;
}

function numberOf(digits: string | undefined): number | undefined {
  const number = digits === undefined ? LAST_TYPE + 1 : Number(digits);
  return number <= LAST_TYPE ? number : undefined;
}
