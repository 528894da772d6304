import { decodeBytes } from "@procmon/core";

const [QUOTE, APOSTROPHE] = [0x22, 0x27];
const NONE = "(null)";
/** What has a space, a quote, a control byte or a byte above 126 is written as hex (`audit_log_n_untrustedstring`, `kernel/audit.c`). */
const NOT_HEX = /[^0-9A-F]/;
const NOT_ASCII = /[^\0-\x7f]/;
const NOT_A_BYTE = /[^\0-\xff]/;

/**
 * The text of a value that others than the kernel choose (`comm`, `exe`, `name`, `key`, `cwd`, `proctitle`, the arguments of EXECVE): out
 * of its quotes, or out of upper-case hex. Bytes that are no UTF-8 are kept as core's `decodeBytes` keeps them. Undefined for `(null)`,
 * and for a field that is not there. A value that is neither is given back as it is.
 */
export function decodeAuditString(raw: string | undefined): string | undefined {
  if (raw === undefined || raw === NONE) return undefined;
  const first = raw.charCodeAt(0);
  if (first === QUOTE || first === APOSTROPHE) {
    const isClosed = raw.length > 1 && raw.charCodeAt(raw.length - 1) === first;
    return decodeText(raw.slice(1, isClosed ? -1 : undefined));
  }
  const isHex = raw.length > 0 && raw.length % 2 === 0 && !NOT_HEX.test(raw);
  return isHex ? decodeBytes(Buffer.from(raw, "hex")) : decodeText(raw);
}

/** Characters up to U+00FF are the bytes that a record was read as; with any other, it is text already. */
function decodeText(text: string): string {
  return NOT_ASCII.test(text) && !NOT_A_BYTE.test(text) ? decodeBytes(Buffer.from(text, "latin1")) : text;
}
