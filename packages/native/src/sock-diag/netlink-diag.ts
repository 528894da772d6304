import { forEachAttribute } from "./attributes.ts";

/** One netlink socket, told as `/proc/net/netlink` tells it. */
export interface NetlinkDiagRow {
  /** NETLINK_* of `include/uapi/linux/netlink.h`. */
  readonly protocol: number;
  /** Its address; 0 is the kernel's own. */
  readonly portId: number;
  /** The groups that it has joined, from 1, ascending. */
  readonly groups: readonly number[];
  /** 0 for the kernel's own. */
  readonly inode: number;
  readonly cookie: bigint;
}

/** `struct netlink_diag_req` and `struct netlink_diag_msg` of `include/uapi/linux/netlink_diag.h`. */
const REQUEST_BYTES = 20;
const MESSAGE_BYTES = 28;
const AF_NETLINK = 16;
/** NDIAG_PROTO_ALL. */
const ALL_PROTOCOLS = 0xff;
/** NDIAG_SHOW_GROUPS. */
const SHOW = 0x02;
/** NETLINK_DIAG_GROUPS. */
const GROUPS = 1;

/** A request for all netlink sockets; to be sent with NLM_F_DUMP. */
export function encodeNetlinkDump(): Uint8Array {
  const bytes = Buffer.alloc(REQUEST_BYTES);
  bytes.writeUInt8(AF_NETLINK, 0);
  bytes.writeUInt8(ALL_PROTOCOLS, 1);
  bytes.writeUInt32LE(SHOW, 8);
  return bytes;
}

/** Decodes a reply; undefined for what is no such message. */
export function decodeNetlinkDiag(message: Buffer): NetlinkDiagRow | undefined {
  if (message.length < MESSAGE_BYTES || message.readUInt8(0) !== AF_NETLINK) return undefined;
  const groups: number[] = [];
  forEachAttribute(message, MESSAGE_BYTES, (type, start, end) => {
    if (type !== GROUPS) return;
    for (let at = start; at < end; at++) {
      const byte = message.readUInt8(at);
      for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) groups.push((at - start) * 8 + bit + 1);
    }
  });
  return {
    protocol: message.readUInt8(2),
    portId: message.readUInt32LE(4),
    groups,
    inode: message.readUInt32LE(16),
    cookie: message.readBigUInt64LE(20),
  };
}
