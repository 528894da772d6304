import type { AuditRule } from "../kernel/audit-rule.ts";
import { ACTION, FIELD, LIST, OP } from "../kernel/rule-codes.ts";

/**
 * A rule that never holds, and is there for its key alone: no system call is in its mask. auditctl(8) lists it as a rule for all of them,
 * and whoever loads such a list again must get a rule that never holds: no process with pid 0 makes a call.
 */
export function inertRule(key: string): AuditRule {
  const fields = [{ field: FIELD.pid, op: OP.equal, value: 0 }];
  return { list: LIST.exit, action: ACTION.always, syscalls: [], fields, key };
}
