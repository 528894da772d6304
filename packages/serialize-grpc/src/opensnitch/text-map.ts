import type { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";

/** An object without a prototype, so that no name can touch one. */
export type TextMap = Record<string, string>;

/** An empty map. */
export function textMap(): TextMap {
  return Object.create(null);
}

/** A `map<string, string>`: a message of key and value for each entry. */
export function writeTextMap(writer: WireWriter, field: number, map: Readonly<TextMap> | undefined): void {
  if (map === undefined) return;
  for (const key of Object.keys(map)) {
    const mark = writer.begin(field);
    writer.text(1, key);
    writer.text(2, map[key] ?? "");
    writer.end(mark);
  }
}

/** Adds one entry, in place of an older one with its key. */
export function readTextMapEntry(reader: WireReader, map: TextMap): void {
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
