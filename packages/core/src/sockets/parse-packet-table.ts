import type { PacketSocketRow } from "./socket-row.ts";
import { BAD, forEachLine, readDecimal, readHex, skipField, skipSpaces } from "./table-cursor.ts";

/** SOCK_* of include/linux/net.h. */
const TYPES: Readonly<Record<number, PacketSocketRow["type"]>> = { 2: "dgram", 3: "raw", 10: "packet" };

/** Parses `/proc/net/packet` (the kernel's net/packet/af_packet.c, packet_seq_show). A line that is no such line is skipped. */
export function parsePacketTable(bytes: Buffer): PacketSocketRow[] {
  const rows: PacketSocketRow[] = [];
  forEachLine(bytes, (cursor) => {
    skipField(cursor); // sk
    skipField(cursor); // RefCnt
    const type = TYPES[readDecimal(cursor)];
    skipSpaces(cursor);
    const etherType = readHex(cursor, 4);
    const interfaceIndex = readDecimal(cursor);
    skipField(cursor); // R: running
    const receiveQueue = readDecimal(cursor);
    const uid = readDecimal(cursor);
    const inode = readDecimal(cursor);
    if (!type || etherType === BAD || interfaceIndex === BAD || receiveQueue === BAD || uid === BAD || inode === BAD)
      return;
    rows.push({ type, etherType, interfaceIndex, receiveQueue, uid, inode });
  });
  return rows;
}
