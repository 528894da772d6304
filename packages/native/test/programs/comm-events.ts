// A steady source of datagrams that needs no other process: the kernel tells of each new name of a thread (proc connector, PROC_EVENT_COMM).
import { writeFileSync } from "node:fs";
import {
  type Datagram,
  encodeNetlinkMessage,
  type FilterInstruction,
  type NetlinkSocket,
  openNetlinkSocket,
} from "../../src/index.ts";

/** `what` of `struct proc_event` (include/uapi/linux/cn_proc.h). */
export const PROC_EVENT_EXEC = 0x00000002;
export const PROC_EVENT_COMM = 0x00000200;
/** Where it is in a datagram: after nlmsghdr and cn_msg. */
export const WHAT_OFFSET = 36;
export const TGID_OFFSET = 56;

const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;

/** Lets only events of one kind about one process through. A filter reads numbers as of the network's byte order. */
export function onlyEvents(what: number, tgid: number): FilterInstruction[] {
  return [
    { code: LOAD_WORD, jt: 0, jf: 0, k: WHAT_OFFSET },
    { code: JUMP_IF_EQUAL, jt: 0, jf: 3, k: swapped(what) },
    { code: LOAD_WORD, jt: 0, jf: 0, k: TGID_OFFSET },
    { code: JUMP_IF_EQUAL, jt: 0, jf: 1, k: swapped(tgid) },
    { code: RETURN, jt: 0, jf: 0, k: 0xffffffff },
    { code: RETURN, jt: 0, jf: 0, k: 0 },
  ];
}

/** Subscribes to the events of this process's names. */
export function openCommSocket(options: { readonly receiveBufferBytes?: number } = {}): NetlinkSocket {
  const filter = onlyEvents(PROC_EVENT_COMM, process.pid);
  const socket = openNetlinkSocket({ protocol: "connector", groups: [1], filter, ...options });
  subscribe(socket);
  return socket;
}

/** Tells the kernel that somebody listens: `struct cn_msg` with PROC_CN_MCAST_LISTEN. */
export function subscribe(socket: NetlinkSocket): void {
  const message = Buffer.alloc(24);
  message.writeUInt32LE(1, 0);
  message.writeUInt32LE(1, 4);
  message.writeUInt16LE(4, 16);
  message.writeUInt32LE(1, 20);
  socket.send(encodeNetlinkMessage({ type: 3, flags: 0, payload: message }));
}

/** Gives this process so many new names, each with its number. */
export function rename(count: number, from = 0): void {
  for (let number = from; number < from + count; number++) writeFileSync("/proc/self/comm", `name${number}`);
}

/** The name in an event. */
export function nameOf({ payload }: Datagram): string {
  const name = payload.toString("latin1", TGID_OFFSET + 4, TGID_OFFSET + 20);
  return name.slice(0, name.indexOf("\0"));
}

function swapped(number: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number >>> 0);
  return bytes.readUInt32BE();
}
