import type { AuditRecord } from "../parse/audit-record.ts";
import type { Waiting } from "./waiting.ts";

/** An event whose end has not come yet. */
export interface PendingEvent extends Waiting {
  readonly time: bigint;
  readonly serial: number;
  readonly records: [AuditRecord, ...AuditRecord[]];
  /** Characters of its records. */
  size: number;
  older: PendingEvent | undefined;
  newer: PendingEvent | undefined;
}

/** The events of one machine that wait, by their serial numbers and by their age. */
export interface PendingEvents {
  get(serial: number): PendingEvent | undefined;
  begin(record: AuditRecord, deadline: bigint): PendingEvent;
  remove(event: PendingEvent): void;
  oldest(): PendingEvent | undefined;
}

/** Keeps them in a list besides the table, so that the oldest is found, and any removed, in constant time. */
export function createPendingEvents(): PendingEvents {
  const bySerial = new Map<number, PendingEvent>();
  let first: PendingEvent | undefined;
  let last: PendingEvent | undefined;

  return {
    // Most records are of the event of the record before.
    get: (serial) => (last?.serial === serial ? last : bySerial.get(serial)),
    begin(record, deadline) {
      const { time, serial } = record;
      const event: PendingEvent = {
        time,
        serial,
        records: [record],
        deadline,
        size: 0,
        older: last,
        newer: undefined,
      };
      if (last === undefined) first = event;
      else last.newer = event;
      last = event;
      bySerial.set(serial, event);
      return event;
    },
    remove(event) {
      const { older, newer } = event;
      if (older === undefined) first = newer;
      else older.newer = newer;
      if (newer === undefined) last = older;
      else newer.older = older;
      bySerial.delete(event.serial);
    },
    oldest: () => first,
  };
}
