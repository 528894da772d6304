import type { AuditRecord } from "../parse/audit-record.ts";
import { parseAuditPayload } from "../parse/parse-audit-payload.ts";

/** `struct nlmsghdr`. Of a record its length is not to be trusted: some kernels leave the header out of it. There is one in each datagram. */
const HEADER_BYTES = 16;
const TYPE_OFFSET = 4;

/** AUDIT_REPLACE of `include/uapi/linux/audit.h`: the kernel asks its daemon whether it lives, since another one wants its place. */
const REPLACE = 1329;
/** Types below are of questions and answers, but for `USER` and `LOGIN`, which come as records do. */
const FIRST_RECORD = 1100;

/** What a datagram of the audit socket is. */
export type AuditDatagram =
  | { readonly kind: "record"; readonly record: AuditRecord }
  /** Somebody wants to be the daemon; its pid, 0 where the kernel does not tell. */
  | { readonly kind: "replace"; readonly pid: number }
  /** An answer to a question. */
  | { readonly kind: "answer" }
  | { readonly kind: "garbage" };

const ANSWER: AuditDatagram = { kind: "answer" };
const GARBAGE: AuditDatagram = { kind: "garbage" };

/** Tells what a datagram is. Never throws. */
export function readAuditDatagram(datagram: Buffer): AuditDatagram {
  if (datagram.length < HEADER_BYTES) return GARBAGE;
  const type = datagram.readUInt16LE(TYPE_OFFSET);
  const record = parseAuditPayload(type, datagram.toString("latin1", HEADER_BYTES));
  if (record !== undefined) return { kind: "record", record };
  if (type === REPLACE) {
    return { kind: "replace", pid: datagram.length < HEADER_BYTES + 4 ? 0 : datagram.readUInt32LE(HEADER_BYTES) };
  }
  return type < FIRST_RECORD ? ANSWER : GARBAGE;
}
