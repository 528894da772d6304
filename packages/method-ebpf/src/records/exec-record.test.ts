import { describe, expect, it } from "vitest";
import { type ExecRecordBytes, execRecordBytes } from "./exec-bytes.test-kit.ts";
import { decodeExecRecord, EXEC, type ExecRecord } from "./exec-record.ts";
import { createStepPaths } from "./step-paths.ts";

function decode(view: DataView, offset = 0, length: number = view.byteLength - offset): ExecRecord | undefined {
  return decodeExecRecord(view, Buffer.from(view.buffer), offset, length, createStepPaths());
}

const WHOLE: ExecRecordBytes = {
  ...{ flags: 2, time: 11n, start: 2n ** 60n, pid: 12, tid: 13, ppid: 14, uid: 15, gid: 16 },
  ...{ parentStart: 17n, links: 18, nsPid: 19, netns: 4026531840, argsCount: 21, comm: "name of 15 byte" },
  ids: { realUid: 22, savedUid: 23, realGid: 24, savedGid: 25 },
  ...{ path: "sh\0bin\0", cwd: "\0", root: "jail\0", cgroup: "b\0a\0", script: "./run\0" },
  ...{ args: "sh\0\0-c\0", env: "A=1\0B=\0" },
};

describe("a record of an executable", () => {
  it("gives every field", () => {
    expect(decode(execRecordBytes(WHOLE))).toEqual({
      head: { flags: 2, time: 11n, start: 2n ** 60n, pid: 12, tid: 13, ppid: 14, uid: 15, gid: 16 },
      ...{ parentStart: 17n, links: 18, realUid: 22, savedUid: 23, realGid: 24, savedGid: 25 },
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
