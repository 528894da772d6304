import { writeTextEntry } from "../wire/text-map.ts";
import type { WireWriter } from "../wire/wire-writer.ts";

// The fields of procmon.v1 by their kind. "plain" has no presence: zero and empty are not written. "optional" has it: what is
// known is written, also zero and empty. What is not of the type, or what the field cannot hold, as NaN of a stranger's method,
// is left out: then it is unknown, and the message well-formed.

const UINT64_END = 2 ** 64;
const BIG_UINT64_END = 1n << 64n;
const BIG_INT64_END = 1n << 63n;

function isUint32(value: unknown): value is number {
  return typeof value === "number" && value >>> 0 === value;
}

function isUint64(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < UINT64_END;
}

function isBigUint64(value: unknown): value is bigint {
  return typeof value === "bigint" && value >= 0n && value < BIG_UINT64_END;
}

export function plainUint32(writer: WireWriter, field: number, value: number): void {
  if (value !== 0 && isUint32(value)) writer.uint(field, value);
}

export function optionalUint32(writer: WireWriter, field: number, value: number | undefined): void {
  if (isUint32(value)) writer.uint(field, value);
}

export function plainUint64(writer: WireWriter, field: number, value: number): void {
  if (value !== 0 && isUint64(value)) writer.uint(field, value);
}

export function optionalUint64(writer: WireWriter, field: number, value: number | undefined): void {
  if (value !== undefined && isUint64(value)) writer.uint(field, value);
}

export function plainBigUint(writer: WireWriter, field: number, value: bigint): void {
  if (value !== 0n && isBigUint64(value)) writer.bigint(field, value);
}

export function optionalBigUint(writer: WireWriter, field: number, value: bigint | undefined): void {
  if (isBigUint64(value)) writer.bigint(field, value);
}

export function optionalBigInt(writer: WireWriter, field: number, value: bigint | undefined): void {
  if (typeof value === "bigint" && value >= -BIG_INT64_END && value < BIG_INT64_END) writer.bigint(field, value);
}

export function plainFixed64(writer: WireWriter, field: number, value: bigint): void {
  if (value !== 0n && isBigUint64(value)) writer.fixed64(field, value);
}

export function optionalBool(writer: WireWriter, field: number, value: boolean | undefined): void {
  if (typeof value === "boolean") writer.uint(field, value ? 1 : 0);
}

export function plainText(writer: WireWriter, field: number, value: string): void {
  if (typeof value === "string" && value !== "") writer.text(field, value);
}

export function optionalText(writer: WireWriter, field: number, value: string | undefined): void {
  if (typeof value === "string") writer.text(field, value);
}

/** A number of an enum; 0 is what no word has. */
export function enumNumber(writer: WireWriter, field: number, value: number): void {
  if (value !== 0) writer.uint(field, value);
}

/** A message inside, where there is one. */
export function optionalMessage<Value>(
  writer: WireWriter,
  field: number,
  value: Value | undefined,
  write: (writer: WireWriter, value: Value) => void,
): void {
  if (typeof value !== "object" || value === null) return;
  const mark = writer.begin(field);
  write(writer, value);
  writer.end(mark);
}

/** A message for each value; none of what is no array. */
export function repeatedMessage<Value>(
  writer: WireWriter,
  field: number,
  values: readonly Value[],
  write: (writer: WireWriter, value: Value) => void,
): void {
  if (!Array.isArray(values)) return;
  for (let i = 0; i < values.length; i++) optionalMessage(writer, field, values[i], write);
}

/** A map of texts. */
export function textMap(writer: WireWriter, field: number, values: Readonly<Record<string, string>>): void {
  for (const key in values) {
    const value = values[key];
    if (typeof value === "string") writeTextEntry(writer, field, key, value);
  }
}

/** A message with such a map as its field 1: an absent map is not an empty one. */
export function optionalTextMap(
  writer: WireWriter,
  field: number,
  values: Readonly<Record<string, string>> | undefined,
): void {
  if (typeof values !== "object" || values === null) return;
  const mark = writer.begin(field);
  textMap(writer, 1, values);
  writer.end(mark);
}

/** procmon.v1.TextList. What is no text becomes an empty one, so that the others keep their places. */
export function optionalTextList(writer: WireWriter, field: number, values: readonly string[] | undefined): void {
  if (!Array.isArray(values)) return;
  const mark = writer.begin(field);
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    writer.text(1, typeof value === "string" ? value : "");
  }
  writer.end(mark);
}
