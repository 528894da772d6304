import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { DEFAULT_PROCFS } from "@procmon/core";
import * as native from "@procmon/native";
import { fixturePath, requirement } from "@procmon-internal/fixtures";
import { describe, expect, it, test } from "vitest";
import { controlOf, openAuditControl } from "../src/kernel/open-audit-control.ts";
import { OP } from "../src/kernel/rule-codes.ts";
import { enterAudit } from "../src/rules/audit-presence.ts";
import { inertRule } from "../src/rules/inert-rule.ts";

const missing = requirement("cc", "root");

/** Asks as another process: `command` is what starts it. */
function askThrough(...command: readonly string[]): { readonly code?: string; message?: string; remedy?: string } {
  const program = join(import.meta.dirname, "programs", "ask-audit.ts");
  const [file = "", ...args] = [...command, process.execPath, "--no-warnings", "--conditions=@procmon/source", program];
  return JSON.parse(execFileSync(file, args, { encoding: "utf8" }));
}

describe.skipIf(missing !== undefined)("the control", () => {
  it("gives the status as auditctl does", () => {
    using control = openAuditControl(native);
    const status = control.status();
    expect(status.enabled).toBeGreaterThanOrEqual(0);
    expect(status.enabled).toBeLessThanOrEqual(2);
    expect(status.features).toBeGreaterThan(0);
    expect(status.backlogLimit).toBeGreaterThan(0);
  });

  it("changes what is given", () => {
    using control = openAuditControl(native);
    const { backlogLimit } = control.status();
    control.set({ backlogLimit: backlogLimit + 1 });
    try {
      expect(control.status()).toMatchObject({ backlogLimit: backlogLimit + 1 });
    } finally {
      control.set({ backlogLimit });
    }
    expect(control.status()).toMatchObject({ backlogLimit });
  });

  it("lists more rules than the socket has room for, in order", () => {
    using control = openAuditControl(native);
    const rules = Array.from({ length: 300 }, (_, number) => inertRule(`procmon-test-${process.pid}-many-${number}`));
    try {
      expect(rules.map((rule) => control.addRule(rule))).toEqual(rules.map(() => undefined));
      const keys = rules.map(({ key }) => key);
      expect(control.rules().filter(({ key }) => keys.includes(key))).toEqual(rules);
    } finally {
      for (const rule of rules) control.deleteRule(rule);
    }
  });

  it("tells what the kernel refuses", () => {
    using control = openAuditControl(native);
    const field = { field: 9999, op: OP.equal, value: 1 };
    expect(control.addRule({ ...inertRule(`procmon-test-${process.pid}`), fields: [field] })).toBe("EINVAL");
    // Only its own process can become the daemon.
    expect(() => control.set({ pid: process.ppid })).toThrow(expect.objectContaining({ code: "METHOD_UNAVAILABLE" }));
  });

  it("may be made of a socket, which stays open, and hands over what is no answer", async () => {
    const records: string[] = [];
    // One that listens, too, as the records of its own changes come to it.
    using socket = native.openNetlinkSocket({ protocol: "audit", groups: [1], receiveBufferBytes: 64 << 20 });
    const control = controlOf(native, socket, (datagram) => records.push(datagram.toString("latin1", 16)));
    using other = openAuditControl(native);
    const presence = enterAudit(other, { procfs: DEFAULT_PROCFS, activities: [], enable: true });
    const rule = inertRule(`procmon-test-${process.pid}-heard`);
    try {
      await expect
        .poll(() => {
          control.addRule(rule);
          control.deleteRule(rule);
          return records.filter((record) => record.includes(`key="${rule.key}"`)).length;
        })
        .toBeGreaterThan(1);
    } finally {
      presence.leave();
    }
    control.close();
    expect(control.status().enabled).toBeLessThanOrEqual(2);
  });
});

test("the error says that a capability is missing", ({ skip }) => {
  const reason = requirement("cc", "root", "other-users");
  skip(reason !== undefined, reason);
  expect(askThrough(fixturePath("enter"), "uid=65534")).toMatchObject({
    code: "METHOD_UNAVAILABLE",
    message: expect.stringContaining("CAP_AUDIT_CONTROL"),
    remedy: expect.stringContaining("AmbientCapabilities=CAP_AUDIT_CONTROL"),
  });
});

test("the error says that the pid namespace is another", ({ skip }) => {
  const reason = requirement("namespaces");
  skip(reason !== undefined, reason);
  expect(askThrough(fixturePath("enter"), "pid,mount,proc")).toMatchObject({
    code: "METHOD_UNAVAILABLE",
    message: expect.stringContaining("first pid namespace"),
    remedy: expect.stringContaining("--pid=host"),
  });
});

test("the error says that the user namespace is another", ({ skip }) => {
  const reason = requirement("namespaces");
  skip(reason !== undefined, reason);
  expect(askThrough("unshare", "--user", "--map-root-user")).toMatchObject({
    code: "METHOD_UNAVAILABLE",
    message: expect.stringContaining("user namespace"),
  });
});

test("it is asked from any network namespace", ({ skip }) => {
  const reason = requirement("namespaces");
  skip(reason !== undefined, reason);
  expect(askThrough(fixturePath("enter"), "net")).toEqual({ enabled: expect.any(Number) });
});
