import { describe, expect, it } from "vitest";
import type { AuditRuleField } from "../kernel/audit-rule.ts";
import { FIELD, OP } from "../kernel/rule-codes.ts";
import { AUDIT_ARCH } from "../syscalls/syscall-numbers.ts";
import { ACTIVITIES, type AuditActivity } from "./activities.ts";
import { needsFamilies, ruleSet } from "./rule-set.ts";

const REQUEST = { arch: "x64", activities: ACTIVITIES, pid: 77, key: "k", families: true };

/** A way of calls: the machine it is of, and its number. */
const WAYS = {
  x64: ["x64", AUDIT_ARCH.x86_64],
  i386: ["x64", AUDIT_ARCH.i386],
  arm64: ["arm64", AUDIT_ARCH.arm64],
  arm: ["arm64", AUDIT_ARCH.arm],
} as const;

const SUCCESS = "success=1";
const INTERNET = "family>=2 family<=10";

/** The rules of activities for one way of calls: its calls, and what is in its fields besides architecture and process. */
function rulesFor(activities: readonly AuditActivity[], way: keyof typeof WAYS, families = true): [unknown, string][] {
  const [arch, number] = WAYS[way];
  return ruleSet({ ...REQUEST, arch, activities, families })
    .filter(({ fields }) => fields[0]?.value === number)
    .map(({ syscalls, fields }) => [syscalls, fields.slice(2).map(textOf).join(" ")]);
}

function textOf({ field, op, value }: AuditRuleField): string {
  const name = { [FIELD.success]: "success", [FIELD.socketFamily]: "family", [FIELD.arg0]: "a0" }[field] ?? field;
  const sign = { [OP.equal]: "=", [OP.greaterOrEqual]: ">=", [OP.lessOrEqual]: "<=" }[op] ?? op;
  return `${name}${sign}${value}`;
}

it("never records this process, and tells ways to call apart before all", () => {
  for (const rule of [...ruleSet(REQUEST), ...ruleSet({ ...REQUEST, arch: "arm64" })]) {
    expect(rule).toMatchObject({ list: 4, action: 2, key: "k" });
    expect(rule.fields[0]).toMatchObject({ field: FIELD.arch, op: OP.equal });
    expect(rule.fields[1]).toEqual({ field: FIELD.pid, op: OP.notEqual, value: 77 });
  }
});

describe("on x86-64", () => {
  it.each<[AuditActivity, readonly number[], string]>([
    ["exec", [59, 322], SUCCESS],
    ["fork", [56, 57, 58, 435], SUCCESS],
    ["exit", [231], ""],
    ["socket", [41], `${SUCCESS} a0>=2 a0<=10`],
    ["connect", [42], INTERNET],
    ["accept", [43, 288], SUCCESS],
    ["bind", [49], `${SUCCESS} ${INTERNET}`],
    ["listen", [50], SUCCESS],
    ["send", [44, 46, 307], INTERNET],
  ])("records %s", (activity, syscalls, fields) => {
    expect(rulesFor([activity], "x64")).toEqual([[syscalls, fields]]);
  });

  it("makes one rule of what has the same fields", () => {
    const syscalls = [43, 50, 56, 57, 58, 59, 288, 322, 435];
    expect(rulesFor(["exec", "fork", "accept", "listen"], "x64")).toEqual([[syscalls, SUCCESS]]);
    expect(rulesFor(ACTIVITIES, "x64")).toHaveLength(5);
  });

  it("tells calls of old 32-bit programs by the first argument", () => {
    expect(rulesFor(["accept"], "i386")).toEqual([
      [[364], SUCCESS],
      [[102], `a0=5 ${SUCCESS}`],
      [[102], `a0=18 ${SUCCESS}`],
    ]);
    expect(rulesFor(["socket"], "i386")).toEqual([
      [[359], `${SUCCESS} a0>=2 a0<=10`],
      [[102], `a0=1 ${SUCCESS}`],
    ]);
    expect(rulesFor(["connect"], "i386")).toContainEqual([[102], `a0=3 ${INTERNET}`]);
  });
});

it("has rules for arm64 and its 32-bit programs", () => {
  expect(rulesFor(["exec", "fork"], "arm64")).toEqual([[[220, 221, 281, 435], SUCCESS]]);
  expect(rulesFor(["accept"], "arm")).toEqual([[[285, 366], SUCCESS]]);
});

it("leaves sends out where families are not known", () => {
  expect(rulesFor(["connect", "bind", "send"], "x64", false)).toEqual([
    [[42], ""],
    [[49], SUCCESS],
  ]);
  expect(ACTIVITIES.filter(needsFamilies)).toEqual(["send"]);
});

it("is empty for what is not known, and for nothing", () => {
  expect(ruleSet({ ...REQUEST, arch: "s390x" })).toEqual([]);
  expect(ruleSet({ ...REQUEST, activities: [] })).toEqual([]);
});
