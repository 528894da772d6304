import { decodeBytes } from "../text/decode-bytes.ts";
import type { SocketState } from "./socket-entry.ts";
import type { UnixSocketRow } from "./socket-row.ts";
import { BAD, forEachLine, readDecimal, readHex, skipField, skipSpaces } from "./table-cursor.ts";

/** SOCK_* of include/linux/net.h. */
const TYPES: Readonly<Record<number, UnixSocketRow["type"]>> = { 1: "stream", 2: "dgram", 5: "seqpacket" };

/** SS_* of include/uapi/linux/net.h, as unix_seq_show writes them. */
const STATES: Readonly<Record<number, SocketState>> = {
  1: "unconnected",
  2: "syn-sent",
  3: "established",
  4: "closing",
};

/** __SO_ACCEPTCON of include/linux/net.h: it listens. */
const ACCEPTS = 0x10000;

/**
 * Parses `/proc/net/unix` (the kernel's net/unix/af_unix.c, unix_seq_show). A path may hold any byte but NUL, and the kernel
 * does not escape newlines: what follows one is skipped as no line of the table. Where it was made to look
 * like a line of the table, an inode appears twice, and neither path is believed.
 */
export function parseUnixTable(bytes: Buffer): UnixSocketRow[] {
  const rows: UnixSocketRow[] = [];
  const seen = new Map<number, number>();
  forEachLine(bytes, (cursor) => {
    if (readHex(cursor, 16) === BAD || bytes[cursor.at] !== 0x3a) return; // Num: an address, hashed
    cursor.at++;
    skipField(cursor); // RefCount
    skipField(cursor); // Protocol
    skipSpaces(cursor);
    const flags = readHex(cursor);
    skipSpaces(cursor);
    const type = TYPES[readHex(cursor, 4)];
    skipSpaces(cursor);
    const code = readHex(cursor, 2);
    const inode = readDecimal(cursor);
    const connected = STATES[code];
    if (flags === BAD || !type || !connected || inode === BAD) return;
    const state = flags & ACCEPTS ? "listen" : connected;
    const hasPath = bytes[cursor.at] === 0x20 && cursor.at + 1 < cursor.end;
    const twice = inode === 0 ? undefined : seen.get(inode);
    if (twice !== undefined) rows[twice] = { type, state, inode };
    else {
      if (inode !== 0) seen.set(inode, rows.length);
      const path = hasPath ? decodeBytes(bytes.subarray(cursor.at + 1, cursor.end)) : undefined;
      rows.push(path === undefined ? { type, state, inode } : { type, state, inode, path });
    }
  });
  return rows;
}
