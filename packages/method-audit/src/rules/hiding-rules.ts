import type { AuditRule, AuditRuleField } from "../kernel/audit-rule.ts";
import { ACTION, FIELD, LIST, OP } from "../kernel/rule-codes.ts";
import type { AuditActivity } from "./activities.ts";
import { ruleSet } from "./rule-set.ts";

/** Records that are needed, with what is not known without them: numbers of `include/uapi/linux/audit.h`. */
const NEEDED_RECORDS: readonly (readonly [type: number, name: string, cost: string])[] = [
  [1300, "SYSCALL", "nothing is seen"],
  [1306, "SOCKADDR", "the addresses of connections are not known"],
  [1309, "EXECVE", "the arguments of processes are not known"],
  [1302, "PATH", "which script a process runs is not known"],
  [1307, "CWD", "the directory of a process is not known"],
  [1320, "EOE", "events are told up to two seconds late"],
];

/** A field that a rule may have and still be about every process. */
const HARMLESS: ReadonlySet<number> = new Set([FIELD.arch]);

/**
 * Which rules of others keep records from everybody who listens, in sentences for the user. Rules that are about some processes only are not told:
 * whoever made them wants these not to be seen.
 *
 * @param rules as the kernel lists them, before rules of ours are added: what comes later hides nothing
 * @param arch as in `process.arch`
 */
export function hidingRules(
  rules: readonly AuditRule[],
  activities: readonly AuditActivity[],
  arch: string,
): readonly string[] {
  return rules.flatMap((rule) => {
    switch (rule.list) {
      case LIST.task:
        return rule.action === ACTION.never && isAboutAll(rule) ? TASK_SENTENCE : [];
      case LIST.exit:
        return rule.action === ACTION.never && isAboutAll(rule) ? hiddenCalls(rule, activities, arch) : [];
      case LIST.exclude:
        return hiddenRecords(rule);
      default:
        return [];
    }
  });
}

const TASK_SENTENCE =
  'The audit rule "-a never,task" hides every process that begins while it is there: take it out (auditctl -d never,task; /etc/audit/rules.d).';

function isAboutAll({ fields }: AuditRule): boolean {
  return fields.every(({ field }) => HARMLESS.has(field));
}

function hiddenCalls(rule: AuditRule, activities: readonly AuditActivity[], arch: string): readonly string[] {
  const hidden = activities.filter((activity) => {
    const ours = ruleSet({ arch, activities: [activity], pid: process.pid, key: "", families: true });
    return ours.some((one) => isSameArch(rule, one) && sharesCalls(rule, one));
  });
  if (hidden.length === 0) return [];
  const name = rule.key === undefined ? "" : ` with the key "${rule.key}"`;
  return [`An audit rule "-a never,exit"${name} hides these activities, or a part of them: ${hidden.join(", ")}.`];
}

function isSameArch(rule: AuditRule, ours: AuditRule): boolean {
  const wanted = ours.fields.find(({ field }) => field === FIELD.arch)?.value ?? 0;
  return rule.fields.every((field) => field.field !== FIELD.arch || compare(wanted, field));
}

function sharesCalls({ syscalls }: AuditRule, ours: AuditRule): boolean {
  if (syscalls === "all" || ours.syscalls === "all") return true;
  const numbers = new Set(syscalls);
  return ours.syscalls.some((number) => numbers.has(number));
}

/** What the list of exclusions is for: whatever the action, a record is not made where all fields hold. */
function hiddenRecords({ fields }: AuditRule): readonly string[] {
  if (!fields.every(({ field }) => field === FIELD.messageType)) return [];
  return NEEDED_RECORDS.filter(([type]) => fields.every((field) => compare(type, field))).map(
    ([, name, cost]) =>
      `An audit rule excludes the records ${name}, without which ${cost}: take it out of /etc/audit/rules.d.`,
  );
}

function compare(value: number, { op, value: wanted }: AuditRuleField): boolean {
  switch (op) {
    case OP.equal:
      return value === wanted;
    case OP.notEqual:
      return value !== wanted;
    case OP.lessThan:
      return value < wanted;
    case OP.lessOrEqual:
      return value <= wanted;
    case OP.greaterThan:
      return value > wanted;
    case OP.greaterOrEqual:
      return value >= wanted;
    default:
      return false;
  }
}
