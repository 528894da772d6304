import { describe, expect, it } from "vitest";
import { parsePacketTable } from "./parse-packet-table.ts";

const HEADER = "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n";

describe("parsePacketTable", () => {
  it("reads a socket", () => {
    const line = "000000005fa9bdf5 3      3    0003   2     1 768    1000   24217 \n";
    expect(parsePacketTable(Buffer.from(HEADER + line))).toEqual([
      { type: "raw", etherType: 3, interfaceIndex: 2, receiveQueue: 768, uid: 1000, inode: 24_217 },
    ]);
  });

  it("skips a bad line and keeps the others", () => {
    const good = "0 3      2    88cc   0     1 0      0      5 \n";
    expect(parsePacketTable(Buffer.from(`${HEADER}x\n0 3 9 0003 0 1 0 0 7\n${good}`)).map((row) => row.inode)).toEqual([
      5,
    ]);
  });
});
