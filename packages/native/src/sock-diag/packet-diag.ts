import { attributeNumber, forEachAttribute } from "./attributes.ts";

/** One packet socket, told as `/proc/net/packet` tells it. */
export interface PacketDiagRow {
  readonly type: "raw" | "dgram" | "packet";
  /** 3 is every one (ETH_P_ALL). */
  readonly etherType: number;
  /** 0 is every one. */
  readonly interfaceIndex: number;
  /** Bytes of memory that what waits to be read takes. */
  readonly receiveQueue: number;
  readonly uid: number;
  readonly inode: number;
  readonly cookie: bigint;
}

/** `struct packet_diag_req` and `struct packet_diag_msg` of `include/uapi/linux/packet_diag.h`. */
const REQUEST_BYTES = 20;
const MESSAGE_BYTES = 16;
const AF_PACKET = 17;
/** PACKET_SHOW_INFO, which the uid comes with, and PACKET_SHOW_MEMINFO. */
const SHOW = 0x01 | 0x10;
/** PACKET_DIAG_*. */
const INFO = 0;
const UID = 5;
const MEMORY = 6;

/** SOCK_* of include/linux/net.h. */
const TYPES: Readonly<Record<number, PacketDiagRow["type"]>> = { 2: "dgram", 3: "raw", 10: "packet" };

/** A request for all packet sockets; to be sent with NLM_F_DUMP. */
export function encodePacketDump(): Uint8Array {
  const bytes = Buffer.alloc(REQUEST_BYTES);
  bytes.writeUInt8(AF_PACKET, 0);
  bytes.writeUInt32LE(SHOW, 8);
  return bytes;
}

/** Decodes a reply; undefined for what is no such message, or lacks what was asked for. */
export function decodePacketMessage(message: Buffer): PacketDiagRow | undefined {
  if (message.length < MESSAGE_BYTES) return undefined;
  const type = TYPES[message.readUInt8(1)];
  if (message.readUInt8(0) !== AF_PACKET || !type) return undefined;
  let interfaceIndex: number | undefined;
  let uid: number | undefined;
  let receiveQueue: number | undefined;
  forEachAttribute(message, MESSAGE_BYTES, (attribute, start, end) => {
    const number = attributeNumber(message, start, end);
    if (attribute === INFO) interfaceIndex = number;
    else if (attribute === UID) uid = number;
    else if (attribute === MEMORY) receiveQueue = number; // SK_MEMINFO_RMEM_ALLOC is the first
  });
  if (interfaceIndex === undefined || uid === undefined || receiveQueue === undefined) return undefined;
  return {
    type,
    etherType: message.readUInt16LE(2),
    interfaceIndex,
    receiveQueue,
    uid,
    inode: message.readUInt32LE(4),
    cookie: message.readBigUInt64LE(8),
  };
}
