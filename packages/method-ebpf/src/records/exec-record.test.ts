import { describe, expect, it } from "vitest";
import { type ExecRecordBytes, execRecordBytes } from "./exec-bytes.test-kit.ts";
import { EXEC } from "./exec-layout.ts";
import { decodeExecRecord, type ExecRecord } from "./exec-record.ts";
import { createStepPaths } from "./step-paths.ts";

function decode(view: DataView, offset = 0, length: number = view.byteLength - offset): ExecRecord | undefined {
  return decodeExecRecord(view, Buffer.from(view.buffer), offset, length, createStepPaths());
}

const WHOLE: ExecRecordBytes = {
  ...{ flags: 2, time: 11n, start: 2n ** 60n, pid: 12, tid: 13, ppid: 14, uid: 15, gid: 16 },
  ...{ parentStart: 17n, links: 18, nsPid: 19, netns: 4026531840, argsCount: 21, comm: "name of 15 byte" },
  executable: { inode: 26n, device: 0x800001, size: 27n, modified: [28n, 29], changed: [30n, 31] },
  ids: { realUid: 22, savedUid: 23, realGid: 24, savedGid: 25 },
  ...{ path: "sh\0bin\0", cwd: "\0", root: "jail\0", cgroup: "b\0a\0", script: "./run\0" },
  ...{ args: "sh\0\0-c\0", env: "A=1\0B=\0" },
};

const FILE = { device: 0, inode: 1n, size: 2n };
const DATED = { inode: 1n, device: 0, size: 2n, changed: [1n, 0] } as const;

describe("a record of an executable", () => {
  it("gives every field", () => {
    expect(decode(execRecordBytes(WHOLE))).toEqual({
      head: { flags: 2, time: 11n, start: 2n ** 60n, pid: 12, tid: 13, ppid: 14, uid: 15, gid: 16 },
      ...{ parentStart: 17n, links: 18, realUid: 22, savedUid: 23, realGid: 24, savedGid: 25 },
      executable: { device: 0x801, inode: 26n, size: 27n, mtime: 28_000_000_029n, ctime: 30_000_000_031n },
      ...{ nsPid: 19, netns: 4026531840, comm: "name of 15 byte", argsCount: 21 },
      ...{ path: "/bin/sh", cwd: "/", root: "/jail", cgroup: "/a/b", script: "./run" },
      ...{ args: ["sh", "", "-c"], env: { A: "1", B: "" } },
    });
  });

  it("tells apart what is empty and what is not known", () => {
    expect(decode(execRecordBytes({}))).toMatchObject({
      path: "",
      cwd: "",
      root: "",
      cgroup: "",
      script: "",
      args: [],
    });
    expect(decode(execRecordBytes({}))?.env).toBeUndefined();
    expect(decode(execRecordBytes({ args: "\0" }))?.args).toEqual([""]);
  });

  it.each([
    ["a\0b\0", ["a", "b"]],
    ["a\0\0", ["a", ""]],
    // Cut in the middle.
    ["a\0bc", ["a", "bc"]],
    // Bytes that are no UTF-8, and some that are.
    ["\xff\0\xc3\xa9\0", ["\udcff", "é"]],
  ])("takes arguments as they are: %j", (args, expected) => {
    expect(decode(execRecordBytes({ args }))?.args).toEqual(expected);
  });

  it.each([
    [0x800001, 0x801], // 8:1
    [(259 << 20) | 0x12345, 0x12310345],
    [0xffffffff, 0xffffffff],
  ])("tells the device as programs know it: %i", (device, expected) => {
    expect(decode(execRecordBytes({ executable: { inode: 1n, device } }))?.executable?.device).toBe(expected);
  });

  it.each<[string, ExecRecordBytes["executable"], ExecRecord["executable"]]>([
    ["of none", undefined, undefined],
    ["without its times, where the kernel did not tell them", { inode: 1n, device: 0, size: 2n }, FILE],
    [
      "changed by its owner to 1969",
      { ...DATED, modified: [-1n, 5] },
      { ...FILE, mtime: -999_999_995n, ctime: 10n ** 9n },
    ],
    ["changed by its owner to 1970", { ...DATED, modified: [0n, 0] }, { ...FILE, mtime: 0n, ctime: 10n ** 9n }],
    [
      "of the far future",
      { ...DATED, modified: [2n ** 40n, 1] },
      { ...FILE, mtime: 2n ** 40n * 10n ** 9n + 1n, ctime: 10n ** 9n },
    ],
  ])("tells of the file: %s", (_, executable, expected) => {
    expect(decode(execRecordBytes(executable === undefined ? {} : { executable }))?.executable).toEqual(expected);
  });

  it("is read from anywhere in a batch", () => {
    const bytes = Buffer.alloc(1000, 0xff);
    const record = Buffer.from(execRecordBytes(WHOLE).buffer);
    record.copy(bytes, 104);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { length } = record;
    const read = decodeExecRecord(view, bytes, 104, length, createStepPaths());
    expect(read).toEqual(decode(execRecordBytes(WHOLE)));
  });

  it("is none if it is too short, or its parts are too long", () => {
    const view = execRecordBytes(WHOLE);
    expect(decode(view, 0, EXEC.data - 1)).toBeUndefined();
    expect(decode(view, 0, view.byteLength + 8)).toBeUndefined();
    for (const size of [EXEC.path_size, EXEC.script_size, EXEC.env_size]) {
      const broken = execRecordBytes(WHOLE);
      broken.setUint32(size, 0xffffffff, true);
      expect(decode(broken)).toBeUndefined();
    }
  });
});
