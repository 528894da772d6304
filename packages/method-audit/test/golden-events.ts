import { readdirSync, readFileSync } from "node:fs";
import type { AuditEvent } from "../src/assemble/audit-event.ts";
import type { AuditRecord } from "../src/parse/audit-record.ts";
import { parseAuditRecord } from "../src/parse/parse-audit-record.ts";
import { RecordType } from "../src/parse/record-types.ts";

const FOLDER = new URL("golden/", import.meta.url);

/** The names of the files of records, without `.log`. */
export function goldenNames(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".log"))
    .map((name) => name.slice(0, -4));
}

/** The lines of a file of records. */
export function goldenLines(name: string): readonly string[] {
  return readFileSync(new URL(`${name}.log`, FOLDER), "latin1")
    .trimEnd()
    .split("\n");
}

/** What the events of a file mean. */
export function goldenMeaning(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
}

/** Puts the records of lines together by their serial number alone. Lines that are no records are left out. */
export function eventsOf(lines: readonly string[]): readonly AuditEvent[] {
  const bySerial = new Map<number, [AuditRecord, ...AuditRecord[]]>();
  for (const line of lines) {
    const record = parseAuditRecord(line);
    if (!record || record.type === RecordType.EOE) continue;
    const records = bySerial.get(record.serial);
    if (records) records.push(record);
    else bySerial.set(record.serial, [record]);
  }
  return [...bySerial.values()].map((records) => {
    const [{ time, serial, node }] = records;
    return { time, serial, records, complete: true, ...(node !== undefined && { node }) };
  });
}

/** As it is in JSON: numbers of 64 bits as text, bytes in hexadecimal. */
export function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return String(part);
    return part instanceof Uint8Array ? Buffer.from(part).toString("hex") : part;
  });
  return JSON.parse(text);
}
