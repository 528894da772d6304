import type { AuditRecord } from "../parse/audit-record.ts";
import { decodeAuditString } from "../parse/decode-audit-string.ts";
import { decimalAt } from "./number-text.ts";

/** The arguments of an executable, as `AuditExec` tells them. */
export interface ExecArguments {
  readonly args: readonly string[];
  /** How many there are, where `args` holds fewer. */
  readonly argsTotal?: number;
  /** True where `args` was cut. */
  readonly argsTruncated?: true;
}

/** `a1="x"`, `a1_len=9000`, `a1[0]="x"`. */
const ARGUMENT_FIELD = /^a(\d{1,10})(?:(_len)|\[(\d{1,10})\])?=(.*)$/s;
/** Empty arguments that are taken to stand in the gaps; where more are missing, something else has happened. */
const MAX_EMPTY = 1000;

/** One argument: in one piece, or in several with the length of the whole. */
interface Argument {
  readonly pieces: string[];
  /** Characters of the whole as it is written in pieces, without quotes. */
  length?: number;
  isBroken: boolean;
}

interface ArgumentList {
  /** Undefined where the record that tells it was lost. */
  readonly count: number | undefined;
  readonly found: Map<number, Argument>;
  /** How many of them are taken to be empty. */
  empty: number;
}

/**
 * Puts together the arguments of EXECVE records (the kernel's `audit_log_execve_info`, `kernel/auditsc.c`), in the order in which they
 * came: long ones go on in further records, and very long ones are written in pieces. What cannot be put together whole ends
 * them. Undefined where there is no such record. Never allocates by a number of the text; linear time, never throws.
 */
export function readExecArguments(records: readonly AuditRecord[]): ExecArguments | undefined {
  let list: ArgumentList | undefined;
  for (const { body } of records) {
    const count = body.startsWith("argc=") ? decimalAt(body, 5) : -1;
    if (count >= 0) {
      // On old kernels a script leaves two: one for itself, and one, with more, for its interpreter. Both show what runs in the end.
      if (list?.count !== undefined && list.count >= count) continue;
      list = { count, found: new Map(), empty: 0 };
    } else {
      list ??= { count: undefined, found: new Map(), empty: 0 };
    }
    collect(body, list);
  }
  return list && assemble(list);
}

function collect(body: string, list: ArgumentList): void {
  const { found } = list;
  let last: number | undefined;
  for (let at = 0; at < body.length; ) {
    let end = body.indexOf(" ", at);
    if (end < 0) end = body.length;
    const [, digits, length, piece, value = ""] = ARGUMENT_FIELD.exec(body.slice(at, end)) ?? [];
    at = end + 1;
    if (digits === undefined) continue;
    const number = Number(digits);
    if (last !== undefined) fillGap(list, last + 1, number);
    last = number;

    let argument = found.get(number);
    if (!argument) {
      argument = { pieces: [], isBroken: false };
      found.set(number, argument);
    }
    if (length !== undefined) argument.length = decimalAt(value, 0);
    else if (Number(piece ?? 0) === argument.pieces.length) argument.pieces.push(value);
    else argument.isBroken = true;
  }
}

/** Kernels up to 2018 leave empty arguments out. A record comes whole or not at all, so that inside of one nothing else is missing. */
function fillGap(list: ArgumentList, from: number, to: number): void {
  if (to <= from || list.empty + to - from > MAX_EMPTY) return;
  list.empty += to - from;
  for (let number = from; number < to; number++) {
    if (!list.found.has(number)) list.found.set(number, { pieces: ['""'], isBroken: false });
  }
}

function assemble({ count, found }: ArgumentList): ExecArguments {
  const args: string[] = [];
  let isCut = false;
  for (let argument = found.get(0); argument && !isCut; argument = found.get(args.length)) {
    if (count !== undefined && args.length >= count) break;
    isCut = !isWhole(argument);
    args.push(textOf(argument.pieces));
  }
  const isShort = count !== undefined && args.length < count;
  return {
    args,
    ...(isShort && { argsTotal: count }),
    ...((isCut || isShort || count === undefined) && { argsTruncated: true }),
  };
}

function isWhole({ pieces, length, isBroken }: Argument): boolean {
  const [first] = pieces;
  if (first === undefined || isBroken) return false;
  if (length === undefined) return pieces.length === 1 && isClosed(first);
  // Pieces may turn from quoted to hexadecimal on the way; the length is of the form that it began with.
  let bytes = 0;
  for (const piece of pieces) {
    if (!isClosed(piece)) return false;
    bytes += isQuoted(piece) ? piece.length - 2 : piece.length / 2;
  }
  return bytes === (isQuoted(first) ? length : length / 2);
}

function isQuoted(piece: string): boolean {
  return piece.startsWith('"');
}

/** False where the text of the record ends in the middle. */
function isClosed(piece: string): boolean {
  return isQuoted(piece) ? piece.length > 1 && piece.endsWith('"') : piece.length % 2 === 0;
}

/** Pieces are cut between any two bytes, so they are decoded together. */
function textOf(pieces: readonly string[]): string {
  if (pieces.every(isQuoted)) return pieces.map(unquoted).join("");
  const hex = pieces.map((piece) => (isQuoted(piece) ? Buffer.from(unquoted(piece), "latin1").toString("hex") : piece));
  return decodeAuditString(hex.join("")) ?? "";
}

function unquoted(piece: string): string {
  return piece.slice(1, piece.length > 1 && piece.endsWith('"') ? -1 : undefined);
}
