import { forEachRecord } from "@procmon/native";
import type { ProcessEvents } from "../processes/process-events.ts";
import { RECORD_KINDS, type RecordKind, recordKind } from "../records/record-head.ts";
import type { ConnectionEvents } from "./connection-events.ts";

/** Reads batches of records, and hands each to whoever makes an event of it. */
export interface RecordReader {
  push(batch: Uint8Array): void;
  /** Records that have been read, by kind. */
  readonly delivered: ReadonlyMap<RecordKind, number>;
  /** Records that could not be read: there should be none. */
  readonly broken: number;
}

const NAMES = new Map<number, RecordKind>(
  (Object.entries(RECORD_KINDS) as [RecordKind, number][]).map(([name, number]) => [number, name]),
);

/** Makes a reader. */
export function createRecordReader(processes: ProcessEvents, connections: ConnectionEvents): RecordReader {
  const delivered = new Map<RecordKind, number>();
  let broken = 0;

  function read(kind: RecordKind, view: DataView, bytes: Buffer, offset: number, length: number): boolean {
    switch (kind) {
      case "exec":
        return processes.exec(view, bytes, offset, length);
      case "fork":
        return processes.fork(view, bytes, offset, length);
      case "exit":
        return processes.exit(view, bytes, offset, length);
      default:
        return connections.push(view, offset, length);
    }
  }

  return {
    push(batch) {
      const bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
      forEachRecord(batch, (view, offset, length) => {
        const kind = NAMES.get(recordKind(view, offset, length));
        if (kind !== undefined) delivered.set(kind, (delivered.get(kind) ?? 0) + 1);
        if (kind === undefined || !read(kind, view, bytes, offset, length)) broken++;
      });
    },
    delivered,
    get broken() {
      return broken;
    },
  };
}
