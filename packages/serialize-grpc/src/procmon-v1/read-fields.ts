import { decodeText } from "../text/utf8-text.ts";
import { invalidMessage } from "../wire/invalid-message.ts";
import { emptyTextMap, readTextEntry, type TextMap } from "../wire/text-map.ts";
import { createWireReader, type WireReader } from "../wire/wire-reader.ts";

/** A value of core while it is being read. */
export type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** What `read` makes of the fields of a whole message. */
export function decodeMessage<Value>(bytes: Uint8Array, read: (reader: WireReader) => Value): Value {
  if (!(bytes instanceof Uint8Array)) throw invalidMessage("it is no Uint8Array");
  return read(createWireReader(bytes, decodeText));
}

/** The largest number below 2^64. */
const LARGEST = 2 ** 64 - 2 ** 11;

/** uint64 as a number: what is over 2^53 is rounded, but to nothing that no message can hold. */
export function readUint64(reader: WireReader): number {
  return Math.min(reader.uint(), LARGEST);
}

/** What `read` makes of the message that the field is. A field that comes twice is read anew; none of our messages is sent in parts. */
export function readMessage<Value>(reader: WireReader, read: (reader: WireReader) => Value): Value {
  const mark = reader.enter();
  const value = read(reader);
  reader.leave(mark);
  return value;
}

/** A message with a map of texts as its field 1. */
export function readTextMap(reader: WireReader): TextMap {
  const map = emptyTextMap();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) readTextEntry(reader, map);
    else reader.skip();
  }
  return map;
}

/** procmon.v1.TextList. */
export function readTextList(reader: WireReader): string[] {
  const values: string[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) values.push(reader.text());
    else reader.skip();
  }
  return values;
}
