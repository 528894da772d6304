import { describe, expect, it } from "vitest";
import { parseMountinfo } from "./parse-mountinfo.ts";
import { findHidepid } from "./read-hidepid.ts";

const MOUNTS = `22 27 0:21 / /proc rw,relatime - proc proc rw
36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 propagate_from:2 - ext3 /dev/r\\134oot rw,errors=continue
broken line
40 27 0:39 / /hidden rw - proc proc rw,gid=5,hidepid=invisible
41 27 0:40 / /old rw - proc proc rw,hidepid=2
42 27 0:40 / /old rw - proc proc rw
43 27 0:41 / /fake rw - tmpfs hidepid=2 rw,hidepid=2
`;
const mounts = parseMountinfo(Buffer.from(MOUNTS));

describe("parseMountinfo", () => {
  it("reads fields beyond the optional ones, and undoes escapes", () => {
    expect(mounts).toHaveLength(6);
    expect(mounts[1]).toEqual({
      device: "98:0",
      root: "/mnt1",
      mountPoint: "/mnt 2",
      type: "ext3",
      source: "/dev/r\\oot",
      superOptions: ["rw", "errors=continue"],
    });
  });
});

describe("findHidepid", () => {
  it("tells words and numbers apart from nothing", () => {
    expect(findHidepid(mounts, "/proc")).toEqual({ mode: "off", option: "" });
    expect(findHidepid(mounts, "/hidden")).toEqual({ mode: "invisible", option: "hidepid=invisible", gid: 5 });
    expect(findHidepid(mounts.slice(0, 4), "/old").mode).toBe("invisible");
  });

  it("takes the mount that covers the others, and only procfs", () => {
    expect(findHidepid(mounts, "/old").mode).toBe("off");
    expect(findHidepid(mounts, "/fake").mode).toBe("off");
  });
});
