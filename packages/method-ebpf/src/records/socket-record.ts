import type { CheckedConnection } from "@procmon/core";
import { createAddressTexts } from "./address-text.ts";
import { HEAD, type RecordHead, readHead } from "./record-head.ts";
import { decodeEnds, ENDS_FAMILY } from "./socket-ends.ts";

/** What happened to a socket, or with kind 0, what a listed socket has transferred: `struct socket_record` of bpf/shared/records.h. */
export interface SocketRecord extends RecordHead {
  /** One of RECORD_KINDS, or 0. */
  readonly kind: number;
  /** Canonical, with the socket's own family: IPv4 of an AF_INET6 socket is `tcp6` with `::ffff:a.b.c.d`. */
  readonly connection: CheckedConnection;
  /** AF_*. */
  readonly family: number;
  /** Names the socket as long as this kernel runs (SO_COOKIE, socket(7)). The kernel counts them up from 1, far from where a number is not exact. */
  readonly cookie: number;
  /** Nanoseconds of CLOCK_BOOTTIME; 0 where it was not seen. */
  readonly begin: bigint;
  /** Bytes of payload. */
  readonly sent: bigint;
  readonly received: bigint;
  /** The errno of a connect that failed, else 0. */
  readonly error: number;
  /** In sockfs; 0 where there is none yet. */
  readonly inode: number;
}

/** Offsets in `struct socket_record`, by the names there, and its size. */
export const SOCKET_RECORD = {
  head: 0,
  ends: 48,
  cookie: 96,
  begin: 104,
  sent: 112,
  received: 120,
  error: 128,
  inode: 132,
  bytes: 136,
} as const;

const texts = createAddressTexts();

/** Decodes a record; undefined for one that is too short, or of a socket that core has no word for. */
export function decodeSocketRecord(view: DataView, offset: number, length: number): SocketRecord | undefined {
  if (length < SOCKET_RECORD.bytes || offset < 0 || offset + SOCKET_RECORD.bytes > view.byteLength) return undefined;
  const ends = offset + SOCKET_RECORD.ends;
  const connection = decodeEnds(view, ends, texts);
  if (connection === undefined) return undefined;
  return {
    ...readHead(view, offset),
    kind: view.getUint16(offset + HEAD.kind, true),
    connection,
    family: view.getUint16(ends + ENDS_FAMILY, true),
    cookie: readCookie(view, offset + SOCKET_RECORD.cookie),
    begin: view.getBigUint64(offset + SOCKET_RECORD.begin, true),
    sent: view.getBigUint64(offset + SOCKET_RECORD.sent, true),
    received: view.getBigUint64(offset + SOCKET_RECORD.received, true),
    error: view.getUint32(offset + SOCKET_RECORD.error, true),
    inode: view.getUint32(offset + SOCKET_RECORD.inode, true),
  };
}

/** A socket's cookie as a number. */
export function readCookie(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}
