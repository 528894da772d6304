import { endianness } from "node:os";
import { formatIpv4, formatIpv6 } from "../connection/ip-address.ts";
import type { SocketState } from "./socket-entry.ts";
import type { InetSocketRow, InetTable } from "./socket-row.ts";
import { BAD, forEachLine, readDecimal, readHex2, readHex4, readHex8, skipField } from "./table-cursor.ts";

/** By the number of include/net/tcp_states.h. TCP_NEW_SYN_RECV (12) is a half-open connection too. */
const STATES: readonly (SocketState | undefined)[] = [
  undefined,
  "established",
  "syn-sent",
  "syn-recv",
  "fin-wait-1",
  "fin-wait-2",
  "time-wait",
  "close",
  "close-wait",
  "last-ack",
  "listen",
  "closing",
  "syn-recv",
];

/** How a table is parsed. */
export interface InetTableOptions {
  /** Only sockets of these local ports; the others cost next to nothing. @default all */
  readonly srcPorts?: ReadonlySet<number>;
  /** The bytes go on where others ended: there is no line that names the columns. @default false */
  readonly isContinuation?: boolean;
  /** The byte order of the machine that wrote the table. @default this machine's */
  readonly endianness?: "LE" | "BE";
}

/**
 * Parses `/proc/net/tcp` and its like (the kernel's Documentation/networking/proc_net_tcp.rst). Addresses are 32-bit words in
 * the machine's own byte order. A line that is no such line is skipped.
 */
export function parseInetTable(bytes: Buffer, protocol: InetTable, options?: InetTableOptions): InetSocketRow[] {
  const rows: InetSocketRow[] = [];
  const wanted = options?.srcPorts;
  const ipv6 = protocol.endsWith("6");
  const bigEndian = (options?.endianness ?? endianness()) === "BE";
  const unconnected: SocketState = protocol.startsWith("tcp") ? "close" : "unconnected";
  const width = ipv6 ? 32 : 8;
  const addressOf = createAddressReader(bytes, width, bigEndian);
  // From the colon after the line's number up to the uid every field has its place, whatever it holds.
  const [srcPortAt, dstIpAt] = [2 + width + 1, 2 + width + 6];
  const [dstPortAt, stateAt] = [dstIpAt + width + 1, dstIpAt + width + 6];
  const [sendAt, receiveAt, uidAt] = [stateAt + 3, stateAt + 12, stateAt + 42];

  forEachLine(
    bytes,
    (cursor) => {
      readDecimal(cursor);
      const at = cursor.at;
      if (at + uidAt > cursor.end || bytes[at] !== COLON) return;
      const srcPort = readHex4(bytes, at + srcPortAt);
      if (srcPort < 0 || (wanted && !wanted.has(srcPort))) return;
      if (bytes[at + srcPortAt - 1] !== COLON || bytes[at + dstPortAt - 1] !== COLON) return;
      if (bytes[at + receiveAt - 1] !== COLON || bytes[at + uidAt - 1] !== SPACE) return;
      const dstPort = readHex4(bytes, at + dstPortAt);
      const code = readHex2(bytes, at + stateAt);
      const state = code === 7 ? unconnected : STATES[code];
      const sendQueue = readHex8(bytes, at + sendAt);
      const receiveQueue = readHex8(bytes, at + receiveAt);
      cursor.at = at + uidAt;
      const uid = readDecimal(cursor);
      skipField(cursor); // timeout
      const inode = readDecimal(cursor);
      if (dstPort < 0 || !state || sendQueue < 0 || receiveQueue < 0 || uid === BAD || inode === BAD) return;
      const srcIp = addressOf(at + 2);
      const dstIp = addressOf(at + dstIpAt);
      if (srcIp === undefined || dstIp === undefined) return;
      rows.push({ protocol, srcIp, srcPort, dstIp, dstPort, state, inode, uid, receiveQueue, sendQueue });
    },
    options?.isContinuation,
  );
  return rows;
}

const COLON = 0x3a;
const SPACE = 0x20;

/** Reads addresses of so many digits. Most addresses of a table are the same few: they share one string. */
function createAddressReader(bytes: Buffer, width: 8 | 32, bigEndian: boolean): (at: number) => string | undefined {
  const texts = new Map<string, string | undefined>();
  return (at) => {
    const digits = bytes.toString("latin1", at, at + width);
    let text = texts.get(digits);
    if (text === undefined && !texts.has(digits)) {
      text = width === 8 ? readIpv4(bytes, at, bigEndian) : readIpv6(bytes, at, bigEndian);
      texts.set(digits, text);
    }
    return text;
  };
}

function readIpv4(bytes: Buffer, at: number, bigEndian: boolean): string | undefined {
  const word = readWord(bytes, at, bigEndian);
  return word < 0 ? undefined : formatIpv4(word);
}

function readIpv6(bytes: Buffer, at: number, bigEndian: boolean): string | undefined {
  const words: number[] = [];
  for (let index = 0; index < 4; index++) {
    const word = readWord(bytes, at + index * 8, bigEndian);
    if (word < 0) return undefined;
    words.push(word >>> 16, word & 0xffff);
  }
  return formatIpv6(words);
}

/** Eight hexadecimal digits as a word whose first byte is the first of the address; negative where they are none. */
function readWord(bytes: Buffer, at: number, bigEndian: boolean): number {
  const word = readHex8(bytes, at);
  if (word < 0 || bigEndian) return word;
  return (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
