import { decodeBytes, encodeBytes } from "@procmon/core";
import type { AuditRule, AuditRuleField } from "./audit-rule.ts";
import { FIELD, OP } from "./rule-codes.ts";

/** The layout of `struct audit_rule_data`, in numbers of 32 bits: three, the mask, three lists for the fields, one; then texts, one after the other. */
const MASK_AT = 3;
const MASK_WORDS = 64;
const FIELDS_MOST = 64;
const FIELDS_AT = MASK_AT + MASK_WORDS;
const VALUES_AT = FIELDS_AT + FIELDS_MOST;
const OPS_AT = VALUES_AT + FIELDS_MOST;
const TEXT_LENGTH_AT = OPS_AT + FIELDS_MOST;
const WORDS = TEXT_LENGTH_AT + 1;

/** `AUDIT_FILTER_PREPEND` and what else is not the number of a list. */
const LIST_BITS = 0x0f;

/** The last word has the kernel's classes of system calls in its upper half, which "all" need not have. */
const ALL_WORDS = MASK_WORDS - 1;

/** Fields whose value is a text, and its length: labels of security modules, paths, and the key. */
const TEXT_FIELDS: ReadonlySet<number> = new Set([
  ...[13, 14, 15, 16, 17, 19, 20, 21, 22, 23],
  ...[FIELD.watch, FIELD.directory, FIELD.executable, FIELD.key],
]);

/** Decodes an answer to `AUDIT_LIST_RULES`. Undefined for what cannot be a rule. */
export function decodeAuditRule(bytes: Uint8Array): AuditRule | undefined {
  if (bytes.length < WORDS * 4) return undefined;
  // A copy is aligned, and its numbers are of the machine's byte order by themselves.
  const words = new Uint32Array(new Uint8Array(bytes.subarray(0, WORDS * 4)).buffer);
  const at = (index: number): number => words[index] ?? 0;
  const count = at(2);
  const texts = bytes.subarray(WORDS * 4, WORDS * 4 + at(TEXT_LENGTH_AT));
  if (count > FIELDS_MOST || texts.length < at(TEXT_LENGTH_AT)) return undefined;
  const fields: AuditRuleField[] = [];
  let key: string | undefined;
  let textAt = 0;
  for (let index = 0; index < count; index++) {
    const [field, op, value] = [at(FIELDS_AT + index), at(OPS_AT + index), at(VALUES_AT + index)];
    if (!TEXT_FIELDS.has(field)) {
      fields.push({ field, op, value });
      continue;
    }
    if (textAt + value > texts.length) return undefined;
    const text = decodeBytes(texts.subarray(textAt, textAt + value));
    textAt += value;
    if (field === FIELD.key) key = text;
    else fields.push({ field, op, value, text });
  }
  const syscalls = decodeMask(words.subarray(MASK_AT, FIELDS_AT));
  return { list: at(0) & LIST_BITS, action: at(1), syscalls, fields, ...(key === undefined ? {} : { key }) };
}

/**
 * Encodes a rule, its key behind all other fields.
 *
 * @throws RangeError for more than 64 fields, or the number of a system call that has no place in the mask (0–2047)
 */
export function encodeAuditRule({ list, action, syscalls, fields, key }: AuditRule): Uint8Array {
  const all = key === undefined ? fields : [...fields, { field: FIELD.key, op: OP.equal, value: 0, text: key }];
  if (all.length > FIELDS_MOST) throw new RangeError(`a rule of ${all.length} fields`);
  const texts = all.map(({ text }) => (text === undefined ? new Uint8Array(0) : encodeBytes(text)));
  const words = new Uint32Array(WORDS);
  words[0] = list;
  words[1] = action;
  words[2] = all.length;
  encodeMask(syscalls, words.subarray(MASK_AT, FIELDS_AT));
  for (const [index, { field, op, value, text }] of all.entries()) {
    words[FIELDS_AT + index] = field;
    words[OPS_AT + index] = op;
    words[VALUES_AT + index] = text === undefined ? value : (texts[index]?.length ?? 0);
  }
  words[TEXT_LENGTH_AT] = texts.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([new Uint8Array(words.buffer), ...texts]);
}

function decodeMask(mask: Uint32Array): readonly number[] | "all" {
  if (mask.subarray(0, ALL_WORDS).every((word) => word === 0xffffffff)) return "all";
  const syscalls: number[] = [];
  for (const [index, word] of mask.entries()) {
    for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) syscalls.push(index * 32 + bit);
  }
  return syscalls;
}

function encodeMask(syscalls: readonly number[] | "all", mask: Uint32Array): void {
  if (syscalls === "all") {
    mask.fill(0xffffffff);
    return;
  }
  for (const syscall of syscalls) {
    const index = syscall >>> 5;
    const word = mask[index];
    if (word === undefined || syscall < 0) throw new RangeError(`a rule for system call ${syscall}`);
    mask[index] = word | (1 << (syscall & 31));
  }
}
