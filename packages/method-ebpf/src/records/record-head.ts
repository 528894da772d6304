/** The kinds of records, as `enum record_kind` of bpf/shared/records.h has them. */
export const RECORD_KINDS = {
  exec: 1,
  fork: 2,
  exit: 3,
  connect: 4,
  accept: 5,
  listen: 6,
  close: 7,
  flow: 8,
  release: 9,
} as const;

/** The name of a kind of record. */
export type RecordKind = keyof typeof RECORD_KINDS;

/** Offsets in `struct record_head`, with which each record begins. */
export const HEAD = {
  size: 0,
  kind: 4,
  flags: 6,
  time: 8,
  start: 16,
  pid: 24,
  tid: 28,
  ppid: 32,
  uid: 36,
  gid: 40,
} as const;

/** Bytes of `struct record_head`. */
export const HEAD_BYTES = 48;

/** What every record begins with. */
export interface RecordHead {
  /** RECORD_FLAG_* of the kind. */
  readonly flags: number;
  /** Nanoseconds of CLOCK_BOOTTIME. */
  readonly time: bigint;
  /** When the process started, in nanoseconds of CLOCK_BOOTTIME. */
  readonly start: bigint;
  /** The thread group's id. */
  readonly pid: number;
  readonly tid: number;
  readonly ppid: number;
  /** Effective. */
  readonly uid: number;
  /** Effective. */
  readonly gid: number;
}

/** Reads what a record begins with. The caller has made sure that the bytes are there. */
export function readHead(view: DataView, offset: number): RecordHead {
  return {
    flags: view.getUint16(offset + HEAD.flags, true),
    time: view.getBigUint64(offset + HEAD.time, true),
    start: view.getBigUint64(offset + HEAD.start, true),
    pid: view.getUint32(offset + HEAD.pid, true),
    tid: view.getUint32(offset + HEAD.tid, true),
    ppid: view.getUint32(offset + HEAD.ppid, true),
    uid: view.getUint32(offset + HEAD.uid, true),
    gid: view.getUint32(offset + HEAD.gid, true),
  };
}

/** The kind of the record at `offset`; 0 where there is no room for one. */
export function recordKind(view: DataView, offset: number, length: number): number {
  return length < HEAD_BYTES ? 0 : view.getUint16(offset + HEAD.kind, true);
}

/** Nanoseconds in a clock tick, in which start times are told (USER_HZ is 100 on every architecture of Procmon's). */
const TICK_NS = 10_000_000n;

/** A start time of the kernel as `/proc/<pid>/stat` has it: clock ticks since boot. */
export function ticksOf(start: bigint): bigint {
  return start / TICK_NS;
}
