import { describe, expect, it } from "vitest";
import { AUDIT_ARCH, type AuditArch, SYSCALL_NUMBERS } from "../syscalls/syscall-numbers.ts";
import { normalizeAuditEvent } from "./normalize-audit-event.ts";
import { eventOf, recordOf, syscallOf } from "./records.test-kit.ts";

const ADDRESS = recordOf("SOCKADDR", "saddr=020000357F0000010000000000000000");
const DNS = { family: "inet", ip: "127.0.0.1", port: 53 };
const call = (arch: AuditArch, number: number, rest = "success=yes exit=5 a0=3 a1=1 a2=0 a3=0") =>
  syscallOf(`arch=${AUDIT_ARCH[arch].toString(16)} syscall=${number} ${rest}`);

describe("the meaning of an event", () => {
  it.each(Object.keys(SYSCALL_NUMBERS) as AuditArch[])("is found for every call of %s", (arch) => {
    for (const [name, number] of Object.entries(SYSCALL_NUMBERS[arch])) {
      const event = normalizeAuditEvent(eventOf(call(arch, number), ADDRESS));
      expect(event).toMatchObject({ syscall: name, serial: 7, complete: true, keys: ["k"], subject: { pid: 11 } });
    }
  });

  it.each([
    [41, { kind: "socket", syscall: "socket" }],
    [42, { kind: "connect", syscall: "connect", address: DNS }],
    [520, { kind: "exec", syscall: "execve" }],
    [545, { kind: "exec", syscall: "execveat" }],
    [518, { kind: "send", syscall: "sendmsg" }],
    [538, { kind: "send", syscall: "sendmmsg" }],
  ])("is found for x32's %i", (number, meaning) => {
    expect(normalizeAuditEvent(eventOf(call("x86_64", 0x40000000 + number), ADDRESS))).toMatchObject(meaning);
  });

  it.each([
    ["another call", call("x86_64", 2)],
    ["a call of x32 that x86-64 has by that number", call("x86_64", 0x40000000 + 59 + 1000)],
    ["another architecture", syscallOf("arch=c0000015 syscall=42 success=yes exit=0 a0=3 a1=1 a2=0 a3=0")],
    ["a big-endian one", syscallOf("arch=80000016 syscall=42 success=yes exit=0 a0=3 a1=1 a2=0 a3=0")],
    ["no SYSCALL record", ADDRESS],
    ["a fork that failed", call("x86_64", 57, "success=no exit=-11 a0=0 a1=0 a2=0 a3=0")],
    ["a socket that failed", call("x86_64", 41, "success=no exit=-97 a0=2 a1=1 a2=0 a3=0")],
    ["socketcall without its arguments", call("i386", 102, "success=yes exit=0 a0=3 a1=1 a2=0 a3=0")],
  ])("is none: %s", (_, record) => {
    expect(normalizeAuditEvent(eventOf(record))).toBeUndefined();
  });

  it.each([
    ["x86_64", "clone", 56],
    ["i386", "clone", 120],
    ["arm64", "clone", 220],
    ["arm", "clone", 120],
  ] as const)("tells threads from processes on %s", (arch, _, number) => {
    const thread = normalizeAuditEvent(eventOf(call(arch, number, "success=yes exit=9 a0=3d0f00 a1=0 a2=0 a3=0")));
    const process = normalizeAuditEvent(eventOf(call(arch, number, "success=yes exit=9 a0=1200011 a1=0 a2=0 a3=0")));
    expect(thread).toMatchObject({ kind: "fork", child: 9, isThread: true });
    expect(process).toMatchObject({ kind: "fork", child: 9, isThread: false });
  });

  it("does not know of clone3 whether it is a thread", () => {
    expect(normalizeAuditEvent(eventOf(call("x86_64", 435)))).not.toHaveProperty("isThread");
  });

  it("keeps the status of an exit to 8 bits", () => {
    const event = normalizeAuditEvent(eventOf(call("arm64", 94, "a0=ffffffff a1=0 a2=0 a3=0")));
    expect(event).toMatchObject({ kind: "exit", exitCode: 255, errno: 0 });
  });

  it("has the descriptors of accept", () => {
    const accepted = eventOf(call("x86_64", 288), ADDRESS);
    expect(normalizeAuditEvent(accepted)).toMatchObject({ listenerFd: 3, fd: 5, address: DNS });
    const failed = normalizeAuditEvent(eventOf(call("x86_64", 43, "success=no exit=-11 a0=3 a1=0 a2=0 a3=0")));
    expect(failed).toMatchObject({ kind: "accept", listenerFd: 3, errno: 11 });
    expect(failed).not.toHaveProperty("fd");
    expect(failed).not.toHaveProperty("address");
  });

  it("takes the arguments of an exec from its title where their record is missing", () => {
    const title = recordOf("PROCTITLE", "proctitle=6C73002D6C");
    const exec = (outcome: string) => call("x86_64", 59, `${outcome} a0=1 a1=2 a2=3 a3=4`);
    const fromTitle = { args: ["ls", "-l"], argsTruncated: true };
    expect(normalizeAuditEvent(eventOf(exec("success=yes exit=0"), title))).toMatchObject(fromTitle);
    const later = recordOf("EXECVE", ' a5="x"');
    expect(normalizeAuditEvent(eventOf(exec("success=yes exit=0"), later, title))).toMatchObject(fromTitle);
    // One that failed shows the title of the caller.
    expect(normalizeAuditEvent(eventOf(exec("success=no exit=-2"), title))).not.toHaveProperty("args");
  });

  it("keeps whether its records may be missing", () => {
    const event = { ...eventOf(call("x86_64", 42)), complete: false };
    const meaning = normalizeAuditEvent(event);
    expect(meaning).toMatchObject({ kind: "connect", fd: 3, complete: false, time: event.time });
    expect(meaning).not.toHaveProperty("address");
  });
});
