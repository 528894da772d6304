import { describe, expect, it } from "vitest";
import { parseUnixTable } from "./parse-unix-table.ts";

const HEADER = "Num       RefCount Protocol Flags    Type St Inode Path\n";

describe("parseUnixTable", () => {
  it("reads listeners, connections, datagrams and abstract names", () => {
    const table = [
      "00000000f3a2d65a: 00000002 00000000 00010000 0001 01  1058 /run/a b.sock",
      "00000000f3a2d65b: 00000003 00000000 00000000 0001 03  1057",
      "00000000f3a2d65c: 00000002 00000000 00000000 0002 01  1059 @abstract",
      "00000000f3a2d65d: 00000003 00000000 00000000 0005 03 1060",
    ];
    expect(parseUnixTable(Buffer.from(`${HEADER}${table.join("\n")}\n`))).toEqual([
      { type: "stream", state: "listen", inode: 1058, path: "/run/a b.sock" },
      { type: "stream", state: "established", inode: 1057 },
      { type: "dgram", state: "unconnected", inode: 1059, path: "@abstract" },
      { type: "seqpacket", state: "established", inode: 1060 },
    ]);
  });

  it("keeps bytes that are not UTF-8", () => {
    const line = Buffer.concat([
      Buffer.from(`${HEADER}0: 00000002 00000000 00010000 0001 01 5 /run/`),
      Buffer.from([0xff, 0x0a]),
    ]);
    expect(parseUnixTable(line)[0]?.path).toBe("/run/\udcff");
  });

  it("does not believe the path of a line that was forged by a newline in another", () => {
    const forged = "00000000f3a2d65a: 00000002 00000000 00010000 0001 01 77 /run/x";
    const table = `${HEADER}${forged}\n0: 00000002 00000000 00010000 0001 01 78 /run/trusted.sock\n0: 00000002 00000000 00010000 0001 01 78 /run/real\n`;
    expect(parseUnixTable(Buffer.from(table))).toEqual([
      { type: "stream", state: "listen", inode: 77, path: "/run/x" },
      { type: "stream", state: "listen", inode: 78 },
    ]);
  });

  it("keeps all connections that wait to be accepted, which have no inode", () => {
    const line = "0: 00000002 00000000 00000000 0001 02 0 /run/x\n";
    expect(parseUnixTable(Buffer.from(HEADER + line + line))).toHaveLength(2);
  });

  it("skips garbage", () => {
    expect(parseUnixTable(Buffer.from(`${HEADER}zzz\n0: 1\n\n0: 0 0 0 0009 01 5\n`))).toEqual([]);
  });
});
