import type { AuditRecord } from "./audit-record.ts";
import { parseAuditRecord } from "./parse-audit-record.ts";

const NEWLINE = 0x0a;
/** Enriched lines of auditd have at most some 20 kB (`MAX_AUDIT_MESSAGE_LENGTH` is 8970, of the fields alone). */
const LONGEST_LINE = 65_536;

/** Takes a stream of bytes, in pieces of any size. Nothing here throws. */
export interface StreamSplitter {
  push(chunk: Uint8Array): void;
  /** The stream has ended: what has no end of its own yet is told, too. More may be pushed afterwards, of another stream. */
  end(): void;
}

/**
 * Splits a stream of lines, as auditd's af_unix plugin writes them with `format = string`, into records. A line that is none is garbage,
 * as is one of more than 64 KiB, of which nothing is kept. Empty lines are neither.
 */
export function createLineSplitter(onRecord: (record: AuditRecord) => void, onGarbage: () => void): StreamSplitter {
  /** A line that has begun in a former piece. */
  const begun = Buffer.allocUnsafe(LONGEST_LINE);
  let length = 0;
  let isTooLong = false;

  function keep(bytes: Buffer): void {
    if (isTooLong || length + bytes.length > LONGEST_LINE) {
      isTooLong = true;
      length = 0;
      return;
    }
    bytes.copy(begun, length);
    length += bytes.length;
  }

  function finish(): void {
    if (isTooLong) onGarbage();
    else if (length > 0) tell(begun, 0, length);
    length = 0;
    isTooLong = false;
  }

  function tell(bytes: Buffer, start: number, end: number): void {
    if (end - start > LONGEST_LINE) {
      onGarbage();
      return;
    }
    // A string for each line: one of the whole piece would stay in memory as long as any part of it.
    const line = bytes.toString("latin1", start, end);
    const record = parseAuditRecord(line);
    if (record !== undefined) onRecord(record);
    else if (/[^\r\0]/.test(line)) onGarbage();
  }

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        if (length > 0 || isTooLong) {
          keep(bytes.subarray(start, end));
          finish();
        } else if (end > start) tell(bytes, start, end);
        start = end + 1;
      }
      if (start < bytes.length) keep(bytes.subarray(start));
    },
    end: finish,
  };
}
