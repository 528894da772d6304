import { parseIp } from "@procmon/core";

/** What a test sets of a socket's ends; the rest is 0. */
export interface EndsBytes {
  readonly netns?: number;
  readonly protocol?: number;
  readonly family?: number;
  readonly type?: number;
  readonly srcIp?: string;
  readonly srcPort?: number;
  readonly dstIp?: string;
  readonly dstPort?: number;
}

/** What a test sets of a record's head; the rest is 0. */
export interface HeadBytes {
  readonly kind?: number;
  readonly flags?: number;
  readonly time?: bigint;
  readonly start?: bigint;
  readonly pid?: number;
  readonly tid?: number;
  readonly ppid?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export interface SocketRecordBytes extends HeadBytes {
  readonly ends?: EndsBytes;
  readonly cookie?: bigint;
  readonly begin?: bigint;
  readonly sent?: bigint;
  readonly received?: bigint;
  readonly error?: number;
  readonly inode?: number;
}

export interface HolderRecordBytes extends HeadBytes {
  readonly ends?: EndsBytes;
  readonly cookie?: bigint;
  readonly inode?: number;
  readonly fd?: number;
  readonly state?: number;
  readonly receiveQueue?: number;
  readonly sendQueue?: number;
  readonly socketUid?: number;
  readonly interfaceIndex?: number;
}

/** The 16 bytes of an address as the programs write it: IPv4 as ::ffff:a.b.c.d. */
export function addressBytes(text: string): Uint8Array {
  const ip = parseIp(text);
  if (!ip) throw new Error(`${text} is no address`);
  const view = new DataView(new ArrayBuffer(16));
  if (ip.family === 4) {
    view.setUint16(10, 0xffff);
    view.setUint32(12, ip.words[0]);
  } else {
    for (const [index, word] of ip.words.entries()) view.setUint16(index * 2, word);
  }
  return new Uint8Array(view.buffer);
}

/** `struct socket_record` of bpf/shared/records.h. */
export function socketRecordBytes(record: SocketRecordBytes): DataView {
  const view = new DataView(new ArrayBuffer(136));
  writeHead(view, record);
  writeEnds(view, record.ends ?? {});
  view.setBigUint64(96, record.cookie ?? 0n, true);
  view.setBigUint64(104, record.begin ?? 0n, true);
  view.setBigUint64(112, record.sent ?? 0n, true);
  view.setBigUint64(120, record.received ?? 0n, true);
  view.setUint32(128, record.error ?? 0, true);
  view.setUint32(132, record.inode ?? 0, true);
  return view;
}

/** `struct holder_record` of bpf/shared/records.h. */
export function holderRecordBytes(record: HolderRecordBytes): DataView {
  const view = new DataView(new ArrayBuffer(136));
  writeHead(view, record);
  writeEnds(view, record.ends ?? {});
  view.setBigUint64(96, record.cookie ?? 0n, true);
  view.setBigUint64(104, BigInt(record.inode ?? 0), true);
  view.setUint32(112, record.fd ?? 0, true);
  view.setUint32(116, record.state ?? 0, true);
  view.setUint32(120, record.receiveQueue ?? 0, true);
  view.setUint32(124, record.sendQueue ?? 0, true);
  view.setUint32(128, record.socketUid ?? 0, true);
  view.setUint32(132, record.interfaceIndex ?? 0, true);
  return view;
}

/** Records one after the other, as an iterator writes them. */
export function joinBytes(records: readonly DataView[]): Uint8Array {
  return Buffer.concat(records.map((view) => new Uint8Array(view.buffer)));
}

/** `struct record_head` of bpf/shared/records.h, at the beginning. */
export function writeHead(view: DataView, head: HeadBytes): void {
  view.setUint32(0, view.byteLength, true);
  view.setUint16(4, head.kind ?? 0, true);
  view.setUint16(6, head.flags ?? 0, true);
  view.setBigUint64(8, head.time ?? 0n, true);
  view.setBigUint64(16, head.start ?? 0n, true);
  view.setUint32(24, head.pid ?? 0, true);
  view.setUint32(28, head.tid ?? head.pid ?? 0, true);
  view.setUint32(32, head.ppid ?? 0, true);
  view.setUint32(36, head.uid ?? 0, true);
  view.setUint32(40, head.gid ?? 0, true);
}

function writeEnds(view: DataView, ends: EndsBytes): void {
  view.setUint32(48, ends.netns ?? 0, true);
  view.setUint16(52, ends.protocol ?? 6, true);
  view.setUint16(54, ends.family ?? 2, true);
  view.setUint16(56, ends.srcPort ?? 0, true);
  view.setUint16(58, ends.dstPort ?? 0, true);
  view.setUint32(60, ends.type ?? 1, true);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(addressBytes(ends.srcIp ?? "0.0.0.0"), 64);
  bytes.set(addressBytes(ends.dstIp ?? "0.0.0.0"), 80);
}
