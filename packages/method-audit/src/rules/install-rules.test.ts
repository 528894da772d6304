import { expect, it } from "vitest";
import type { AuditControl } from "../kernel/audit-control.ts";
import type { AuditRule } from "../kernel/audit-rule.ts";
import { FIELD } from "../kernel/rule-codes.ts";
import { ACTIVITIES } from "./activities.ts";
import { fakeControl, newAudit } from "./fake-audit.test-kit.ts";
import { installRules } from "./install-rules.ts";

const REQUEST = { arch: "x64", activities: ACTIVITIES, pid: 77, key: "k" };

function hasFamily({ fields }: AuditRule): boolean {
  return fields.some(({ field }) => field === FIELD.socketFamily);
}

/** A kernel that refuses some rules. */
function refusing(control: AuditControl, refuse: (rule: AuditRule) => string | undefined): AuditControl {
  return { ...control, addRule: (rule) => refuse(rule) ?? control.addRule(rule) };
}

it("adds all behind those that are there, and removes its own", () => {
  const other: AuditRule = { list: 4, action: 2, syscalls: [59], fields: [], key: "admin" };
  const audit = { ...newAudit(), rules: [other] };
  const control = fakeControl(audit);
  const installed = installRules(control, REQUEST);
  expect(installed.missing).toEqual([]);
  expect(audit.rules).toEqual([other, ...installed.rules]);
  installed.remove();
  expect(audit.rules).toEqual([other]);
  installRules(control, REQUEST);
  installed.remove();
  expect(audit.rules.length).toBeGreaterThan(1);
});

it("does without families where the kernel does not know them, and tells what is missing", () => {
  const audit = newAudit();
  const control = refusing(fakeControl(audit), (rule) => (hasFamily(rule) ? "EINVAL" : undefined));
  const installed = installRules(control, REQUEST);
  expect(installed.missing).toEqual(["send"]);
  expect(audit.rules).toEqual(installed.rules);
  expect(audit.rules.some(hasFamily)).toBe(false);
  installed.remove();
  expect(audit.rules).toEqual([]);
});

it.each(["ENOMEM", "EINVAL"])("leaves nothing where one is refused: %s", (code) => {
  const audit = newAudit();
  const control = refusing(fakeControl(audit), ({ fields }) =>
    fields.some(({ field }) => field === FIELD.arg0) ? code : undefined,
  );
  expect(() => installRules(control, REQUEST)).toThrow(expect.objectContaining({ code: "METHOD_UNAVAILABLE" }));
  expect(audit.rules).toEqual([]);
});

it("leaves nothing where the kernel does not answer any more", () => {
  const audit = newAudit();
  let left = 5;
  const control = refusing(fakeControl(audit), () => {
    if (left-- === 0) throw new Error("no answer");
    return undefined;
  });
  expect(() => installRules(control, REQUEST)).toThrow("no answer");
  expect(audit.rules).toEqual([]);
});

it("says where it knows no system calls", () => {
  const control = fakeControl(newAudit());
  expect(() => installRules(control, { ...REQUEST, arch: "s390x" })).toThrow(
    expect.objectContaining({ code: "METHOD_UNAVAILABLE", message: expect.stringContaining("s390x") }),
  );
  expect(installRules(control, { ...REQUEST, arch: "s390x", activities: [] }).rules).toEqual([]);
});
