import { attributeNumber, forEachAttribute } from "./attributes.ts";
import type { DiagState } from "./diag-states.ts";

/** One unix socket, told as `/proc/net/unix` tells it, and by more. */
export interface UnixDiagRow {
  readonly type: "stream" | "dgram" | "seqpacket";
  readonly state: DiagState;
  readonly inode: number;
  /** What it is bound to, as `/proc/net/unix` writes it, a name there being any bytes: an abstract one starts with `@`, and has `@` for NUL. */
  readonly name?: Buffer;
  /** The socket at the other end of the connection; 0 where nobody has accepted it yet. */
  readonly peerInode?: number;
  /**
   * Of a listener, who waits to be accepted. The sockets that they will get have no inode yet: `/proc/net/unix` lists these by themselves, with
   * inode 0, and sock_diag does not.
   */
  readonly waitingPeers?: readonly number[];
  /** Of a listener, connections waiting to be accepted, and how many may. Else bytes waiting to be read, and sent but not yet read. */
  readonly receiveQueue?: number;
  readonly sendQueue?: number;
  /** Linux 5.3. */
  readonly uid?: number;
  readonly cookie: bigint;
}

/** `struct unix_diag_req` and `struct unix_diag_msg` of `include/uapi/linux/unix_diag.h`. */
const REQUEST_BYTES = 24;
const MESSAGE_BYTES = 16;
const AF_UNIX = 1;
/** UDIAG_SHOW_NAME, _PEER, _ICONS, _RQLEN and _UID. */
const SHOW = 0x01 | 0x04 | 0x08 | 0x10 | 0x40;
/** UNIX_DIAG_*. */
const NAME = 0;
const PEER = 2;
const WAITING = 3;
const QUEUES = 4;
const UID = 7;

/** SOCK_* of include/linux/net.h. */
const TYPES: Readonly<Record<number, UnixDiagRow["type"]>> = { 1: "stream", 2: "dgram", 5: "seqpacket" };
/** TCP_ESTABLISHED and TCP_LISTEN. */
const ESTABLISHED = 1;
const LISTEN = 10;

/** A request for all unix sockets; to be sent with NLM_F_DUMP. */
export function encodeUnixDump(): Uint8Array {
  const bytes = Buffer.alloc(REQUEST_BYTES);
  bytes.writeUInt8(AF_UNIX, 0);
  bytes.writeUInt32LE(0xffffffff, 4);
  bytes.writeUInt32LE(SHOW, 12);
  return bytes;
}

/** Decodes a reply; undefined for what is no such message. */
export function decodeUnixMessage(message: Buffer): UnixDiagRow | undefined {
  if (message.length < MESSAGE_BYTES) return undefined;
  const type = TYPES[message.readUInt8(1)];
  if (message.readUInt8(0) !== AF_UNIX || !type) return undefined;
  const inode = message.readUInt32LE(4);
  const row: { -readonly [Key in keyof UnixDiagRow]: UnixDiagRow[Key] } = {
    type,
    state: stateOf(message.readUInt8(2), inode),
    inode,
    cookie: message.readBigUInt64LE(8),
  };
  forEachAttribute(message, MESSAGE_BYTES, (attribute, start, end) => {
    const number = attributeNumber(message, start, end);
    if (attribute === NAME && end > start) row.name = nameOf(message.subarray(start, end));
    else if (number === undefined) return;
    else if (attribute === WAITING) row.waitingPeers = numbersIn(message, start, end);
    else if (attribute === PEER) row.peerInode = number;
    else if (attribute === UID) row.uid = number;
    else if (attribute === QUEUES && end - start >= 8) {
      row.receiveQueue = number;
      row.sendQueue = message.readUInt32LE(start + 4);
    }
  });
  return row;
}

function numbersIn(message: Buffer, start: number, end: number): number[] {
  const numbers: number[] = [];
  for (let at = start; at + 4 <= end; at += 4) numbers.push(message.readUInt32LE(at));
  return numbers;
}

/** As `unix_seq_show` in net/unix/af_unix.c names them: what has no socket yet connects, or closes. */
function stateOf(code: number, inode: number): DiagState {
  if (code === LISTEN) return "listen";
  if (inode === 0) return code === ESTABLISHED ? "syn-sent" : "closing";
  return code === ESTABLISHED ? "established" : "unconnected";
}

/** A path is a C string; an abstract name begins with a NUL, and may hold more. A copy: the message is not kept. */
function nameOf(address: Buffer): Buffer {
  if (address[0] !== 0) {
    const nul = address.indexOf(0);
    return Buffer.from(nul < 0 ? address : address.subarray(0, nul));
  }
  return Buffer.from(address.map((byte) => (byte === 0 ? AT : byte)));
}

/** `@` */
const AT = 0x40;
