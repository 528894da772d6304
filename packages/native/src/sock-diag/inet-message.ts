import type { AddressTexts } from "./address-text.ts";
import { forEachAttribute } from "./attributes.ts";
import { type DiagState, stateName } from "./diag-states.ts";
import { AF_INET6, type InetDiagKind, type InetDiagProtocol, protocolOf } from "./inet-protocols.ts";
import { decodeTcpInfo, type TcpInfo } from "./tcp-info.ts";

/** One socket, told as `/proc/net/tcp` and its like tell it. */
export interface InetDiagRow {
  /** By the socket's own family: a connection over IPv4 of an IPv6 socket is `tcp6`, with IPv4-mapped addresses. */
  readonly protocol: InetDiagProtocol;
  /** RFC 5952; IPv4-mapped as `::ffff:a.b.c.d`. */
  readonly srcIp: string;
  readonly srcPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
  readonly state: DiagState;
  /** In sockfs; 0 where the kernel holds no socket any more, or not yet (TIME_WAIT, SYN_RECV, not accepted). */
  readonly inode: number;
  /** Of the socket's owner; of one in SYN_RECV, its listener's. */
  readonly uid: number;
  /** Bytes waiting to be read; of a listener, connections waiting to be accepted. */
  readonly receiveQueue: number;
  /** Bytes not yet acknowledged; of a listener 0, as in `/proc/net`. */
  readonly sendQueue: number;
  /** Names the socket as long as this kernel runs (SO_COOKIE, socket(7)). */
  readonly cookie: bigint;
  /** Where it was asked for, and the kernel gave it. */
  readonly tcpInfo?: TcpInfo;
}

/** `struct inet_diag_msg` of `include/uapi/linux/inet_diag.h`. */
const MESSAGE_BYTES = 72;
/** INET_DIAG_INFO. */
const INFO_ATTRIBUTE = 2;
/** TCP_LISTEN. */
const LISTEN = 10;

/** Decodes a reply to a request for `kind`; undefined for what is no such message. */
export function decodeInetMessage(message: Buffer, kind: InetDiagKind, texts: AddressTexts): InetDiagRow | undefined {
  if (message.length < MESSAGE_BYTES) return undefined;
  const family = message.readUInt8(0);
  const code = message.readUInt8(1);
  const protocol = protocolOf(kind, family);
  const state = stateName(code, kind === "tcp");
  if (!protocol || !state) return undefined;
  const textOf = family === AF_INET6 ? texts.ipv6 : texts.ipv4;
  const row: InetDiagRow = {
    protocol,
    srcIp: textOf(message, 8),
    srcPort: message.readUInt16BE(4),
    dstIp: textOf(message, 24),
    dstPort: message.readUInt16BE(6),
    state,
    inode: message.readUInt32LE(68),
    uid: message.readUInt32LE(64),
    receiveQueue: message.readUInt32LE(56),
    // Of a listener the kernel gives its longest queue here.
    sendQueue: code === LISTEN ? 0 : message.readUInt32LE(60),
    cookie: message.readBigUInt64LE(44),
  };
  return row;
}

/** The connection's figures in a reply, where they were asked for. */
export function decodeInfoAttribute(message: Buffer): TcpInfo | undefined {
  let info: TcpInfo | undefined;
  forEachAttribute(message, MESSAGE_BYTES, (type, start, end) => {
    if (type === INFO_ATTRIBUTE) info = decodeTcpInfo(message.subarray(start, end));
  });
  return info;
}

/**
 * Gives half-open connections the uid of their listener, as `/proc/net/tcp` does: sock_diag says 0 of each. One whose listener is not among the
 * rows keeps it.
 */
export function withListenerUids(rows: InetDiagRow[]): InetDiagRow[] {
  if (!rows.some(isRequest)) return rows;
  const listeners = new Map<string, number>();
  for (const { state, srcIp, srcPort, uid } of rows) if (state === "listen") listeners.set(`${srcIp} ${srcPort}`, uid);
  return rows.map((row) => {
    if (!isRequest(row)) return row;
    const named = [row.srcIp, "0.0.0.0", "::"].map((ip) => listeners.get(`${ip} ${row.srcPort}`));
    const uid = named.find((each) => each !== undefined);
    return uid === undefined ? row : { ...row, uid };
  });
}

function isRequest({ state, inode }: InetDiagRow): boolean {
  return state === "syn-recv" && inode === 0;
}
