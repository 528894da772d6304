import { findNative, type NativeAccess } from "../native-access.ts";
import type { AuditRecord } from "../parse/audit-record.ts";
import type { ArrivalReading } from "./arrival-reading.ts";
import type { AuditSink } from "./audit-source.ts";
import type { NetlinkSourceOptions } from "./netlink-session.ts";

/** For `expect.poll`: of a machine that is busy. */
export const SOON = { timeout: 30_000 } as const;

/** What a sink was told, in order. */
export interface HeardSink extends AuditSink {
  readonly records: { readonly record: AuditRecord; readonly reading: ArrivalReading | undefined }[];
  /** Such as `down: …`, `up`, `overrun 3`. */
  readonly words: string[];
  garbageCount: number;
  idleCount: number;
}

export function createHeardSink(): HeardSink {
  const heard: HeardSink = {
    records: [],
    words: [],
    garbageCount: 0,
    idleCount: 0,
    record: (record, reading) => void heard.records.push({ record, reading }),
    idle: () => void heard.idleCount++,
    lost: (cause, count) => void heard.words.push(`${cause} ${count}`),
    garbage: () => void heard.garbageCount++,
    down: (reason) => void heard.words.push(`down: ${reason}`),
    up: () => void heard.words.push("up"),
    fail: (cause) => void heard.words.push(`fail: ${String(cause)}`),
  };
  return heard;
}

/** The native half, which has to be there. */
export async function needNative(): Promise<NativeAccess> {
  const found = await findNative();
  if (found.native === undefined) throw new Error(found.reason);
  return found.native;
}

/** Options of a netlink source. */
export function netlinkOptions(native: NativeAccess, sink: AuditSink): NetlinkSourceOptions {
  const receiveBufferBytes = 16 * 1024 * 1024;
  return { native, sink, procfsRoot: "/proc", captureEnv: false, receiveBufferBytes, intervalMs: 5 };
}

/** Whether a record with this in it has come. */
export function hasHeard({ records }: HeardSink, text: string): boolean {
  return records.some(({ record }) => record.body.includes(text));
}

/** How many records have come since the first with this in it. */
export function since({ records }: HeardSink, text: string): number {
  return records.length - records.findIndex(({ record }) => record.body.includes(text));
}
