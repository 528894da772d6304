import { DEFAULT_PROCFS, readStartTime } from "@procmon/core";
import type { AuditControl } from "../../../packages/method-audit/src/kernel/audit-control.ts";
import type { AuditRule } from "../../../packages/method-audit/src/kernel/audit-rule.ts";
import { FIELD, LIST, OP } from "../../../packages/method-audit/src/kernel/rule-codes.ts";
import {
  ACTIVITIES,
  type AuditActivity,
  DEFAULT_ACTIVITIES,
} from "../../../packages/method-audit/src/rules/activities.ts";
import { conventionsOf } from "../../../packages/method-audit/src/rules/calling-conventions.ts";
import { installRules } from "../../../packages/method-audit/src/rules/install-rules.ts";
import { ruleKey } from "../../../packages/method-audit/src/rules/rule-key.ts";
import { LOAD_UID } from "./loads.ts";

/** What the kernel has been told to record while a load is made. */
export interface Situation {
  readonly name: string;
  /** Brings it about, and gives back what ends it. Auditing is on. */
  begin(control: AuditControl): () => void;
}

/** As a monitor's: what a killed benchmark leaves goes with the next monitor's start. */
const KEY = ruleKey({ pid: process.pid, startTime: readStartTime(DEFAULT_PROCFS, process.pid) ?? 0n, number: 1 });

/** Tasks that are made without an audit context: the machine as it is where auditing never was on. */
export const WITHOUT_AUDIT: Situation = {
  name: "without audit",
  begin: (control) => {
    const fields = [{ field: FIELD.uid, op: OP.equal, value: LOAD_UID }];
    return withRules(control, [{ list: LIST.task, action: 0, syscalls: "all", fields, key: KEY }]);
  },
};

/** Auditing is on, and records nothing. */
export const WITHOUT_RULES: Situation = { name: "auditing is on, no rules", begin: () => () => {} };

/** The one rule that most machines with auditd have: every execve of a program. */
export const LIKE_AUDITD: Situation = {
  name: "-a always,exit -S execve",
  begin: (control) =>
    withRules(
      control,
      conventionsOf(process.arch).map(({ arch, numbers }) => ({
        list: LIST.exit,
        action: 2,
        syscalls: numbers.execve === undefined ? [] : [numbers.execve],
        fields: [{ field: FIELD.arch, op: OP.equal, value: arch }],
        key: KEY,
      })),
    ),
};

/** The rules of a monitor that is not told otherwise. */
export const BY_DEFAULT: Situation = ours("the default activities", DEFAULT_ACTIVITIES);

/** Rules of ours. */
export const OURS: readonly Situation[] = [
  ...ACTIVITIES.map((activity) => ours(activity, [activity])),
  ours("all activities", ACTIVITIES),
  BY_DEFAULT,
];

function ours(name: string, activities: readonly AuditActivity[]): Situation {
  return {
    name,
    begin(control) {
      const installed = installRules(control, { arch: process.arch, activities, pid: process.pid, key: KEY });
      return () => installed.remove();
    },
  };
}

function withRules(control: AuditControl, rules: readonly AuditRule[]): () => void {
  for (const rule of rules) {
    const code = control.addRule(rule);
    if (code !== undefined) throw new Error(`the kernel refuses a rule: ${code}`);
  }
  return () => {
    for (const rule of rules) control.deleteRule(rule);
  };
}
