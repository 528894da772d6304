import type { AuditRecord } from "./audit-record.ts";
import { endOfValue, isInsideValue } from "./field-quotes.ts";

const [SPACE, APOSTROPHE] = [0x20, 0x27];

/**
 * The value of a field as it is written, with its quotes: `"bash"`, `2F746D70`, `(null)`. Of several with one name, the first. Searched
 * in the record's body, then in what auditd added (its names are in capitals: `SYSCALL`, `AUID`). What looks like a field inside of
 * another's quotes is none; what is inside of a program's `msg='…'` is asked for with {@link auditMessage}. Undefined where there is
 * none. Linear time.
 *
 * @param record or the text of fields itself
 */
export function auditField(record: AuditRecord | string, name: string): string | undefined {
  if (typeof record === "string") return fieldOf(record, name);
  const value = fieldOf(record.body, name);
  return value === undefined && record.enrichment !== undefined ? fieldOf(record.enrichment, name) : value;
}

/** The fields inside of `msg='…'` of a record that a program wrote (types 1100–1199 and 2100–2999), for {@link auditField}. */
export function auditMessage(record: AuditRecord): string | undefined {
  const value = fieldOf(record.body, "msg");
  if (value?.charCodeAt(0) !== APOSTROPHE) return value;
  return value.slice(1, value.length > 1 && value.endsWith("'") ? -1 : undefined);
}

function fieldOf(text: string, name: string): string | undefined {
  const start = `${name}=`;
  let at = text.indexOf(start);
  // Where the quotes have been looked at up to: each part of the text only once, whatever number of places there are.
  let seen = 0;
  while (at >= 0) {
    if (at === 0 || text.charCodeAt(at - 1) === SPACE) {
      const inside = isInsideValue(text, at, seen);
      if (inside < 0) return text.slice(at + start.length, endOfValue(text, at + start.length));
      if (inside > at) {
        seen = inside;
        at = text.indexOf(start, inside);
        continue;
      }
    }
    at = text.indexOf(start, at + 1);
  }
  return undefined;
}
