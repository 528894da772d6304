import { describe, expect, it } from "vitest";
import type { AuditRule } from "../kernel/audit-rule.ts";
import { FIELD, OP } from "../kernel/rule-codes.ts";
import { AUDIT_ARCH } from "../syscalls/syscall-numbers.ts";
import { ACTIVITIES } from "./activities.ts";
import { hidingRules } from "./hiding-rules.ts";

const TASK: AuditRule = { list: 1, action: 0, syscalls: "all", fields: [] };
const EXIT: AuditRule = { list: 4, action: 0, syscalls: "all", fields: [] };
const EXCLUDE: AuditRule = { list: 5, action: 2, syscalls: "all", fields: [] };
const OF_SOMEBODY = { field: FIELD.uid, op: OP.equal, value: 33 };

function arch(value: number) {
  return { field: FIELD.arch, op: OP.equal, value };
}

function recordType(op: number, value: number) {
  return { field: FIELD.messageType, op, value };
}

function found(...rules: AuditRule[]): readonly string[] {
  return hidingRules(rules, ACTIVITIES, "x64");
}

/** The types of records of which a sentence says that they are excluded. */
function excluded(...fields: AuditRule["fields"]): readonly (string | undefined)[] {
  return found({ ...EXCLUDE, fields }).map((sentence) => /the records (\w+)/.exec(sentence)?.[1]);
}

describe("a rule about tasks", () => {
  it("hides all that begin", () => {
    expect(found(TASK)).toEqual([expect.stringContaining("never,task")]);
    expect(found({ ...TASK, key: "x" })).toHaveLength(1);
  });

  it("is not told where it is about some, or hides none", () => {
    expect(found({ ...TASK, fields: [OF_SOMEBODY] })).toEqual([]);
    expect(found({ ...TASK, action: 2 })).toEqual([]);
  });
});

describe("a rule about calls", () => {
  it("hides activities by all of its calls, or some", () => {
    expect(found(EXIT)[0]).toContain(ACTIVITIES.join(", "));
    expect(found({ ...EXIT, syscalls: [42, 59], key: "quiet" })).toEqual([
      'An audit rule "-a never,exit" with the key "quiet" hides these activities, or a part of them: exec, connect.',
    ]);
  });

  it("counts for its own way of calls", () => {
    expect(found({ ...EXIT, syscalls: [59], fields: [arch(AUDIT_ARCH.x86_64)] })).toHaveLength(1);
    // 59 is none of ours there.
    expect(found({ ...EXIT, syscalls: [59], fields: [arch(AUDIT_ARCH.i386)] })).toEqual([]);
    expect(found({ ...EXIT, syscalls: [11], fields: [arch(AUDIT_ARCH.i386)] })[0]).toContain("exec");
    expect(found({ ...EXIT, fields: [arch(AUDIT_ARCH.arm64)] })).toEqual([]);
  });

  it("is not told where it is about other calls, about some processes, or records", () => {
    expect(found({ ...EXIT, syscalls: [0, 1] })).toEqual([]);
    expect(found({ ...EXIT, fields: [OF_SOMEBODY] })).toEqual([]);
    expect(found({ ...EXIT, action: 2 })).toEqual([]);
    expect(hidingRules([{ ...EXIT, syscalls: [59] }], ["connect"], "x64")).toEqual([]);
  });
});

describe("a rule about records", () => {
  it.each([0, 2])("keeps a type from all, whatever its action: %i", (action) => {
    const rule = { ...EXCLUDE, action, fields: [recordType(OP.equal, 1309)] };
    expect(found(rule)).toEqual([expect.stringContaining("arguments of processes")]);
  });

  it("may be about many types", () => {
    expect(excluded(recordType(OP.greaterOrEqual, 1306), recordType(OP.lessThan, 1309))).toEqual(["SOCKADDR", "CWD"]);
    expect(excluded(recordType(OP.greaterThan, 1309))).toEqual(["EOE"]);
    expect(excluded(recordType(OP.lessOrEqual, 1302))).toEqual(["SYSCALL", "PATH"]);
    expect(excluded(recordType(OP.notEqual, 1300))).toHaveLength(5);
    expect(excluded()).toHaveLength(6);
  });

  it("is not told where it is about other types, or some processes", () => {
    expect(excluded(recordType(OP.equal, 1327))).toEqual([]);
    expect(excluded(recordType(0x08000000, 1300))).toEqual([]);
    expect(excluded(recordType(OP.equal, 1300), OF_SOMEBODY)).toEqual([]);
  });
});
