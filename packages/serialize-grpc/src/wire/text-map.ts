import type { WireReader } from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

/** What a `map<string, string>` is read into. It has no prototype, so that no key can touch one. */
export type TextMap = Record<string, string>;

/** An empty map. */
export function emptyTextMap(): TextMap {
  return Object.create(null);
}

/** Writes one entry of a map: a message of key and value. */
export function writeTextEntry(writer: WireWriter, field: number, key: string, value: string): void {
  const mark = writer.begin(field);
  writer.text(1, key);
  writer.text(2, value);
  writer.end(mark);
}

/** Reads one entry into `map`, in place of an older one with its key. */
export function readTextEntry(reader: WireReader, map: TextMap): void {
  const mark = reader.enter();
  let key = "";
  let value = "";
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) key = reader.text();
    else if (field === 2) value = reader.text();
    else reader.skip();
  }
  reader.leave(mark);
  map[key] = value;
}
