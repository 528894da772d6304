import { expect, it } from "vitest";
import { parseMaps } from "./parse-maps.ts";

it("parses files, words, anonymous memory and names with spaces, newlines and (deleted)", () => {
  const text = `564c8a8b1000-564c8a8b5000 r-xp 00002000 fe:00 5325338                    /opt/a b\\012c (deleted)
7ffd2a5e2000-7ffd2a603000 rw-p 00000000 00:00 0                          [stack]
7f0000000000-7f0000001000 ---s 00000000 00:00 0 
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
garbage
`;
  expect(parseMaps(Buffer.from(text))).toEqual([
    {
      start: 0x564c8a8b1000n,
      end: 0x564c8a8b5000n,
      permissions: "r-xp",
      offset: 0x2000n,
      device: "fe:00",
      inode: 5325338n,
      path: "/opt/a b\nc (deleted)",
    },
    expect.objectContaining({ permissions: "rw-p", path: "[stack]", inode: 0n }),
    expect.objectContaining({ permissions: "---s", path: "" }),
    expect.objectContaining({ start: 0xffffffffff600000n, path: "[vsyscall]" }),
  ]);
});
