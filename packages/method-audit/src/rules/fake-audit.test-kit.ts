import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Procfs } from "@procmon/core";
import type { AuditControl } from "../kernel/audit-control.ts";
import type { AuditRule } from "../kernel/audit-rule.ts";
import type { AuditStatus } from "../kernel/audit-status.ts";

/** Rules and settings as the kernel holds them. */
export interface FakeAudit {
  enabled: number;
  pid: number;
  backlogLimit: number;
  rules: AuditRule[];
}

/** As it is where nobody has ever audited. */
export function newAudit(): FakeAudit {
  return { enabled: 0, pid: 0, backlogLimit: 64, rules: [] };
}

/** A control whose calls, counted from 1, are announced before and after. What `onCall` throws, the call throws. */
export function fakeControl(
  audit: FakeAudit,
  onCall: (count: number, when: "before" | "after") => void = () => {},
): AuditControl {
  let count = 0;
  function call<T>(work: () => T): T {
    const number = ++count;
    onCall(number, "before");
    const result = work();
    onCall(number, "after");
    return result;
  }
  const indexOf = (rule: AuditRule): number => {
    const text = JSON.stringify(rule);
    return audit.rules.findIndex((each) => JSON.stringify(each) === text);
  };
  const status = (): AuditStatus => ({ ...audit, backlog: 0, lost: 0, features: 0 });
  const control: AuditControl = {
    status: () => call(status),
    set: ({ enabled, backlogLimit }) =>
      call(() => {
        if (enabled !== undefined) audit.enabled = enabled;
        if (backlogLimit !== undefined) audit.backlogLimit = backlogLimit;
      }),
    rules: () => call(() => [...audit.rules]),
    addRule: (rule) =>
      call(() => {
        if (indexOf(rule) >= 0) return "EEXIST";
        audit.rules.push(rule);
        return undefined;
      }),
    deleteRule: (rule) =>
      call(() => {
        const index = indexOf(rule);
        if (index >= 0) audit.rules.splice(index, 1);
        return index >= 0;
      }),
    close() {},
    [Symbol.dispose]() {},
  };
  return control;
}

/** A procfs in which this process is another one each time that `next` was called: monitors of before are dead then. */
export interface FakeProcfs extends Procfs, Disposable {
  next(): void;
}

/** Makes one. */
export function fakeProcfs(): FakeProcfs {
  const root = mkdtempSync(join(tmpdir(), "procmon-audit-"));
  mkdirSync(join(root, String(process.pid)));
  const [head = "", tail = ""] = readFileSync("/proc/self/stat", "latin1").split(/(?<=\) )/);
  const fields = tail.split(" ");
  let startTime = 1000;
  function next(): void {
    // Field 22; the first of these is the third.
    fields[19] = String(++startTime);
    writeFileSync(join(root, String(process.pid), "stat"), head + fields.join(" "));
  }
  next();
  return { root, next, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}
