import { decodeBytes } from "@procmon/core";

/** Kinds of events, `enum proc_cn_event` of `include/uapi/linux/cn_proc.h`. */
export const PROC_EVENT = {
  none: 0x00000000,
  fork: 0x00000001,
  exec: 0x00000002,
  uid: 0x00000004,
  gid: 0x00000040,
  comm: 0x00000200,
  exit: 0x80000000,
} as const;

/** Where things are in a datagram: `struct nlmsghdr`, `struct cn_msg` (16 and 20 bytes), then `struct proc_event`. */
export const OFFSET = {
  index: 16,
  value: 20,
  ack: 28,
  length: 32,
  what: 36,
  time: 44,
  /** Of fork, the parent's; of all others, the process's. */
  pid: 52,
  tgid: 56,
  childPid: 60,
  childTgid: 64,
  exitCode: 60,
  realId: 60,
  effectiveId: 64,
  name: 60,
} as const;

/** Every datagram has so many bytes: the kernel sends the union whole. */
const DATAGRAM_BYTES = 76;
const EVENT_BYTES = 40;
const NAME_BYTES = 16;

/** What the kernel tells of a process; threads are left out. `time` is nanoseconds of CLOCK_MONOTONIC. */
export type ProcEvent =
  | {
      readonly type: "fork";
      readonly time: bigint;
      readonly pid: number;
      readonly parent: number;
      readonly byLeader: boolean;
    }
  | { readonly type: "exec"; readonly time: bigint; readonly pid: number }
  /** The first thread has ended, and mostly the process; `status` is as wait(2) gives it. */
  | { readonly type: "exit"; readonly time: bigint; readonly pid: number; readonly status: number }
  /** Another thread has ended with this status, which is not 0. */
  | { readonly type: "thread-exit"; readonly time: bigint; readonly pid: number; readonly status: number }
  | { readonly type: "uid" | "gid"; readonly time: bigint; readonly pid: number; readonly effective: number }
  | { readonly type: "comm"; readonly time: bigint; readonly pid: number; readonly comm: string }
  /** The answer to a message that had the number `ack - 1`; `error` is an errno, or 0. */
  | { readonly type: "ack"; readonly time: bigint; readonly ack: number; readonly error: number };

/**
 * Reads a datagram of the proc connector (`drivers/connector/cn_proc.c`). Undefined for what a thread does that is not the first of its
 * process, for kinds that are not asked for, and for anything else.
 */
export function decodeProcEvent(datagram: Buffer): ProcEvent | undefined {
  if (datagram.length < DATAGRAM_BYTES) return undefined;
  if (datagram.readUInt32LE(OFFSET.index) !== 1 || datagram.readUInt32LE(OFFSET.value) !== 1) return undefined;
  if (datagram.readUInt16LE(OFFSET.length) < EVENT_BYTES) return undefined;
  const what = datagram.readUInt32LE(OFFSET.what);
  const time = datagram.readBigUInt64LE(OFFSET.time);
  const tid = datagram.readUInt32LE(OFFSET.pid);
  const pid = datagram.readUInt32LE(OFFSET.tgid);
  if (what === PROC_EVENT.none) return { type: "ack", time, ack: datagram.readUInt32LE(OFFSET.ack), error: tid };
  if (what === PROC_EVENT.fork) {
    const child = datagram.readUInt32LE(OFFSET.childTgid);
    if (child !== datagram.readUInt32LE(OFFSET.childPid) || !isPid(child)) return undefined;
    return { type: "fork", time, pid: child, parent: pid, byLeader: tid === pid };
  }
  if (!isPid(pid)) return undefined;
  if (tid !== pid) {
    const status = what === PROC_EVENT.exit ? datagram.readUInt32LE(OFFSET.exitCode) : 0;
    return status === 0 ? undefined : { type: "thread-exit", time, pid, status };
  }
  switch (what) {
    case PROC_EVENT.exec:
      return { type: "exec", time, pid };
    case PROC_EVENT.exit:
      return { type: "exit", time, pid, status: datagram.readUInt32LE(OFFSET.exitCode) };
    case PROC_EVENT.uid:
      return { type: "uid", time, pid, effective: datagram.readUInt32LE(OFFSET.effectiveId) };
    case PROC_EVENT.gid:
      return { type: "gid", time, pid, effective: datagram.readUInt32LE(OFFSET.effectiveId) };
    case PROC_EVENT.comm:
      return { type: "comm", time, pid, comm: nameIn(datagram.subarray(OFFSET.name, OFFSET.name + NAME_BYTES)) };
  }
  return undefined;
}

/** PID_MAX_LIMIT of `include/linux/threads.h`. */
function isPid(pid: number): boolean {
  return pid > 0 && pid <= 4_194_304;
}

function nameIn(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return decodeBytes(end < 0 ? bytes : bytes.subarray(0, end));
}
