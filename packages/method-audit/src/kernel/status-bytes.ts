import type { AuditSettings } from "./audit-control.ts";
import type { AuditStatus } from "./audit-status.ts";

/** `struct audit_status` is eleven numbers of 32 bits; Linux 2.6 had the first eight, 3.13 ten. */
const WORDS = 11;
const WORDS_AT_LEAST = 8;

/** `AUDIT_STATUS_…`: which of the numbers are to be set. */
const SET_ENABLED = 0x01;
const SET_PID = 0x04;
const SET_BACKLOG_LIMIT = 0x10;

/** Decodes the kernel's answer to `AUDIT_GET`; what an older kernel does not tell is 0. Undefined for what is too short. */
export function decodeAuditStatus(bytes: Uint8Array): AuditStatus | undefined {
  const count = Math.min(WORDS, bytes.length >>> 2);
  if (count < WORDS_AT_LEAST) return undefined;
  // A copy is aligned, and its numbers are of the machine's byte order by themselves.
  const words = new Uint32Array(new Uint8Array(bytes.subarray(0, count * 4)).buffer);
  const [, enabled = 0, , pid = 0, , backlogLimit = 0, lost = 0, backlog = 0, features = 0] = words;
  return { enabled, pid, backlogLimit, backlog, lost, features };
}

/** Encodes what is sent with `AUDIT_SET`: the numbers that are given, and which they are. */
export function encodeAuditSettings({ enabled, backlogLimit, pid }: AuditSettings): Uint8Array {
  const words = new Uint32Array(WORDS);
  let mask = 0;
  if (enabled !== undefined) {
    mask |= SET_ENABLED;
    words[1] = enabled;
  }
  if (pid !== undefined) {
    mask |= SET_PID;
    words[3] = pid;
  }
  if (backlogLimit !== undefined) {
    mask |= SET_BACKLOG_LIMIT;
    words[5] = backlogLimit;
  }
  words[0] = mask;
  return new Uint8Array(words.buffer);
}
