import { type TextMap, writeTextEntry } from "../wire/text-map.ts";
import type { WireWriter } from "../wire/wire-writer.ts";

/** A `map<string, string>`: a message of key and value for each entry. */
export function writeTextMap(writer: WireWriter, field: number, map: Readonly<TextMap> | undefined): void {
  if (map === undefined) return;
  for (const key of Object.keys(map)) writeTextEntry(writer, field, key, map[key] ?? "");
}
