import { describe, expect, it } from "vitest";
import { auditField, auditMessage } from "./audit-field.ts";
import { decodeAuditString } from "./decode-audit-string.ts";
import { parseAuditRecord } from "./parse-audit-record.ts";

const SYSCALL =
  'arch=c000003e syscall=49 success=yes exit=-115 a0=15 ppid=12200 pid=12209 auid=4294967295 uid=0 tty=(none) comm="MainThread" exe=2F746D702F6120622F6E6F6465 key=(null)';

const USER =
  'type=USER_CMD msg=audit(1.000:7): pid=5 uid=1000 auid=1000 ses=3 subj=unconfined msg=\'cwd="/home/o\'neill" cmd=6C73202D6C exe="/usr/bin/su do" terminal=pts/0 res=success\'\x1dUID="o neill" AUID="unset"';

describe("auditField", () => {
  it.each([
    ["arch", "c000003e"],
    ["exit", "-115"],
    ["pid", "12209"],
    ["ppid", "12200"],
    ["uid", "0"],
    ["tty", "(none)"],
    ["comm", '"MainThread"'],
    ["exe", "2F746D702F6120622F6E6F6465"],
    ["key", "(null)"],
    ["a1", undefined],
    ["omm", undefined],
    ["", undefined],
  ])("finds %s of a system call", (name, value) => {
    expect(auditField(SYSCALL, name)).toBe(value);
  });

  it("does not find fields in the quotes of others", () => {
    const text = 'info="a pid=1 b" name={ fam=inet lport=53 pid=2 } x=\'pid=3 y="pid=4" pid=5\' ';
    expect(auditField(text, "pid")).toBeUndefined();
    expect(auditField(`${text}`, "lport")).toBeUndefined();
    expect(auditField(`info="a pid=1 b" pid=6`, "pid")).toBe("6");
    expect(auditField(text, "info")).toBe('"a pid=1 b"');
    expect(auditField(text, "name")).toBe("{ fam=inet lport=53 pid=2 }");
    expect(auditField(text, "x")).toBe("'pid=3 y=\"pid=4\" pid=5'");
  });

  it("takes what is never closed up to the end", () => {
    expect(auditField('a="b c=1', "a")).toBe('"b c=1');
    expect(auditField('a="b c=1', "c")).toBeUndefined();
    expect(auditField("a='b c=1", "a")).toBe("'b c=1");
    expect(auditField("a={ b c=1", "a")).toBe("{ b c=1");
    expect(auditField("a=", "a")).toBe("");
    expect(auditField("a= b=1", "a")).toBe("");
  });

  it("reads programs' messages, and what auditd added", () => {
    const record = parseAuditRecord(USER);
    if (record === undefined) throw new Error("no record");
    expect(auditField(record, "pid")).toBe("5");
    expect(auditField(record, "cmd")).toBeUndefined();
    expect(auditField(record, "UID")).toBe('"o neill"');
    const message = auditMessage(record) ?? "";
    expect(auditField(message, "cwd")).toBe('"/home/o\'neill"');
    expect(decodeAuditString(auditField(message, "cmd"))).toBe("ls -l");
    expect(decodeAuditString(auditField(message, "exe"))).toBe("/usr/bin/su do");
    expect(auditField(message, "res")).toBe("success");
    expect(auditMessage({ ...record, body: "pid=1" })).toBeUndefined();
    expect(auditMessage({ ...record, body: "msg='" })).toBe("");
  });

  it("reads the first of several, and none that is part of another's name", () => {
    expect(auditField("xa=1 a=2 a=3", "a")).toBe("2");
    expect(auditField("x-a=1 (a=2", "a")).toBeUndefined();
  });
});

describe("decodeAuditString", () => {
  it.each([
    ['"bash"', "bash"],
    ['""', ""],
    ["2F746D70", "/tmp"],
    ["6E6F646500612E6A73", "node\0a.js"],
    ["6772C3B6C39F65", "größe"],
    ["61FF62", "a\udcffb"],
    ["(null)", undefined],
    [undefined, undefined],
    ["", ""],
    ["(none)", "(none)"],
    ["2f746d70", "2f746d70"],
    ["ABC", "ABC"],
    ['"never closed', "never closed"],
    ['"', ""],
    ["'x", "x"],
    ['"gr\xc3\xb6\xc3\x9fe"', "größe"],
    ['"a\xff"', "a\udcff"],
    ['"漢字 ö"', "漢字 ö"],
  ])("decodes %j", (raw, text) => {
    expect(decodeAuditString(raw)).toBe(text);
  });
});
