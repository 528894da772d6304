import { ProcmonError } from "@procmon/core";
import type { AuditControl } from "../kernel/audit-control.ts";
import { auditRefused } from "../kernel/audit-refusal.ts";
import type { AuditRule } from "../kernel/audit-rule.ts";
import { FIELD } from "../kernel/rule-codes.ts";
import type { AuditActivity } from "./activities.ts";
import { needsFamilies, type RuleSetRequest, ruleSet } from "./rule-set.ts";

/** Rules of ours that are in the kernel. */
export interface InstalledRules {
  readonly rules: readonly AuditRule[];
  /** What this kernel cannot record as it is asked for. */
  readonly missing: readonly AuditActivity[];
  /** Takes them out; those that somebody else took out are none's. Idempotent. @throws ProcmonError `METHOD_UNAVAILABLE` where that may not be */
  remove(): void;
}

/**
 * Adds the rules behind those that are there, all of them or none. Where the kernel does not know the field of the address's family, connects
 * and binds are recorded whatever the family, and sends are not.
 *
 * @throws ProcmonError `METHOD_UNAVAILABLE`; none of the rules is there then
 */
export function installRules(control: AuditControl, request: Omit<RuleSetRequest, "families">): InstalledRules {
  const { activities, arch } = request;
  const rules = ruleSet({ ...request, families: true });
  if (activities.length > 0 && rules.length === 0) {
    throw new ProcmonError({
      code: "METHOD_UNAVAILABLE",
      message: `The numbers of system calls of ${arch} machines are not known.`,
      remedy: "Use the rules that are there (activities: []).",
    });
  }
  const refused = addAll(control, rules);
  if (refused === undefined) return installed(control, rules, []);
  if (refused.code !== "EINVAL" || !hasFamily(refused.rule)) throw auditRefused({ code: refused.code, isSent: true });
  const others = ruleSet({ ...request, families: false });
  const again = addAll(control, others);
  if (again !== undefined) throw auditRefused({ code: again.code, isSent: true });
  return installed(control, others, activities.filter(needsFamilies));
}

/** The first that the kernel refuses; those before are taken out again. */
function addAll(control: AuditControl, rules: readonly AuditRule[]): { code: string; rule: AuditRule } | undefined {
  const added: AuditRule[] = [];
  try {
    for (const rule of rules) {
      const code = control.addRule(rule);
      if (code !== undefined && code !== "EEXIST") {
        removeAll(control, added);
        return { code, rule };
      }
      added.push(rule);
    }
    return undefined;
  } catch (error) {
    removeAll(control, added);
    throw error;
  }
}

function installed(
  control: AuditControl,
  rules: readonly AuditRule[],
  missing: readonly AuditActivity[],
): InstalledRules {
  let left = rules;
  return {
    rules,
    missing,
    remove() {
      removeAll(control, left);
      left = [];
    },
  };
}

function removeAll(control: AuditControl, rules: readonly AuditRule[]): void {
  for (const rule of rules.toReversed()) control.deleteRule(rule);
}

function hasFamily({ fields }: AuditRule): boolean {
  return fields.some(({ field }) => field === FIELD.socketFamily);
}
