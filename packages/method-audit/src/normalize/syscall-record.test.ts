import { describe, expect, it } from "vitest";
import { recordOf, syscallOf, WHO } from "./records.test-kit.ts";
import { readKeys, readSubject, readSyscallRecord } from "./syscall-record.ts";

const X64 = "arch=c000003e";
const ARGS = "a0=1 a1=2 a2=3 a3=4";
const read = (body: string) => readSyscallRecord(recordOf("SYSCALL", body));

describe("the numbers of a SYSCALL record", () => {
  it("are read", () => {
    expect(read(`${X64} syscall=42 per=8 success=yes exit=5 a0=ffffffff a1=7ffe00000010 a2=c a3=0 ${WHO}`)).toEqual({
      arch: 0xc000003e,
      number: 42,
      errno: 0,
      result: 5,
      args: [-1, 16, 12],
    });
  });

  it.each([
    ["success=no exit=-115", 115, 0],
    ["success=yes exit=3", 0, 3],
    // What has no outcome never came back.
    ["", 4, 0],
  ])("have the outcome of %j", (outcome, errno, result) => {
    expect(read(`${X64} syscall=42 ${outcome} ${ARGS}`)).toMatchObject({ errno, result });
  });

  it("have the error of a 32-bit call that was shown without its sign", () => {
    expect(read(`arch=40000028 syscall=283 success=yes exit=4294967185 ${ARGS}`)).toMatchObject({ errno: 111 });
    expect(read(`${X64} syscall=44 success=yes exit=4294967185 ${ARGS}`)).toMatchObject({ errno: 0 });
  });

  it.each([
    `syscall=42 exit=0 ${ARGS}`,
    `${X64} exit=0 ${ARGS}`,
    `arch=x86_64 syscall=connect exit=0 ${ARGS}`,
    `${X64} syscall=42 exit=-4096 ${ARGS}`,
    `${X64} syscall=42 exit=EACCES(Permission denied) ${ARGS}`,
    `${X64} syscall=42 exit= ${ARGS}`,
    `${X64} syscall=42 exit=0 a0=1 a2=3`,
    `${X64} syscall=42 exit=0 a0=x a1=2 a2=3`,
    "",
  ])("make no sense: %s", (body) => {
    expect(read(body)).toBeUndefined();
  });
});

describe("the subject of a SYSCALL record", () => {
  it("is read", () => {
    expect(readSubject(syscallOf(X64))).toEqual({
      pid: 11,
      ppid: 10,
      uid: 1,
      euid: 2,
      suid: 3,
      gid: 5,
      egid: 6,
      sgid: 7,
      auid: 1000,
      comm: "a",
      exe: "/bin/a",
    });
  });

  it("has no login where nobody logged in, and no executable where it is a thread of the kernel", () => {
    const body = `${X64} ${WHO}`.replace("auid=1000", "auid=4294967295").replace('"/bin/a"', "(null)");
    const subject = readSubject(recordOf("SYSCALL", body));
    expect(subject).not.toHaveProperty("auid");
    expect(subject).not.toHaveProperty("exe");
  });

  it("has names with any bytes", () => {
    const body = `${X64} ${WHO}`.replace('"a"', "61FF20").replace('"/bin/a"', "2F62202864656C6574656429");
    expect(readSubject(recordOf("SYSCALL", body))).toMatchObject({ comm: "a\udcff ", exe: "/b (deleted)" });
  });

  it.each(["ppid", "pid", "uid", "gid", "euid", "suid", "egid", "sgid"])("needs %s", (field) => {
    for (const value of ["", "-1", "x", "4294967296"]) {
      const body = `${X64} ${WHO}`.replace(new RegExp(` ${field}=\\d+`), ` ${field}=${value}`);
      expect(readSubject(recordOf("SYSCALL", body))).toBeUndefined();
    }
    expect(readSubject(recordOf("SYSCALL", `${X64} ${WHO.replace(new RegExp(` ${field}=\\d+`), "")}`))).toBeUndefined();
  });

  it("is no process 0", () => {
    expect(readSubject(recordOf("SYSCALL", `${X64} ${WHO.replace(" pid=11", " pid=0")}`))).toBeUndefined();
  });
});

describe("the keys of a SYSCALL record", () => {
  it.each([
    ["key=(null)", []],
    ["key=(null)ARCH=x86_64 SYSCALL=bind", []],
    ['key="one"', ["one"]],
    ['key="one"ARCH=x86_64', ["one"]],
    ["key=6F6E650174776F", ["one", "two"]],
    ["key=6F6E6520", ["one "]],
    ["subj=unconfined", []],
  ])("of %j", (field, keys) => {
    expect(readKeys(recordOf("SYSCALL", `${X64} exe="/bin/a" ${field}`))).toEqual(keys);
  });
});
