import type { AuditRule, AuditRuleField } from "../kernel/audit-rule.ts";
import { ACTION, FIELD, LIST, OP } from "../kernel/rule-codes.ts";
import type { SyscallName } from "../syscalls/syscall-numbers.ts";
import type { AuditActivity } from "./activities.ts";
import { type CallingConvention, conventionsOf } from "./calling-conventions.ts";

/** What rules are made for. */
export interface RuleSetRequest {
  /** As in `process.arch`. */
  readonly arch: string;
  readonly activities: readonly AuditActivity[];
  /** The process that is never recorded: this one. */
  readonly pid: number;
  readonly key: string;
  /** The kernel knows the field of the address's family (Linux 5.4). Without it, addresses of all families are recorded, and no sends. */
  readonly families: boolean;
}

/** Calls that are recorded where all fields hold. */
interface Condition {
  readonly calls: readonly SyscallName[];
  readonly fields: readonly AuditRuleField[];
}

const AF_INET = 2;
const AF_INET6 = 10;
const SUCCEEDED: AuditRuleField = { field: FIELD.success, op: OP.equal, value: 1 };

/** IPv4 or IPv6. What else is in between (AX.25, IPX, X.25, …) is hardly ever met, and one rule costs half of what two do. */
function isInternet(field: number): readonly AuditRuleField[] {
  return [
    { field, op: OP.greaterOrEqual, value: AF_INET },
    { field, op: OP.lessOrEqual, value: AF_INET6 },
  ];
}

/** What is recorded of each activity. A connect that does not wait for its end fails with EINPROGRESS, so success is not asked for. */
function conditionOf(activity: AuditActivity, families: boolean): Condition | undefined {
  const ofInternet = families ? isInternet(FIELD.socketFamily) : [];
  switch (activity) {
    case "exec":
      return { calls: ["execve", "execveat"], fields: [SUCCEEDED] };
    case "fork":
      return { calls: ["clone", "clone3", "fork", "vfork"], fields: [SUCCEEDED] };
    case "exit":
      return { calls: ["exit_group"], fields: [] };
    case "socket":
      return { calls: ["socket"], fields: [SUCCEEDED, ...isInternet(FIELD.arg0)] };
    case "connect":
      return { calls: ["connect"], fields: ofInternet };
    case "accept":
      return { calls: ["accept", "accept4"], fields: [SUCCEEDED] };
    case "bind":
      return { calls: ["bind"], fields: [SUCCEEDED, ...ofInternet] };
    case "listen":
      return { calls: ["listen"], fields: [SUCCEEDED] };
    case "send":
      return families ? { calls: ["sendto", "sendmsg", "sendmmsg"], fields: ofInternet } : undefined;
  }
}

/** Those that cannot be recorded without the field of the family. */
export function needsFamilies(activity: AuditActivity): boolean {
  return conditionOf(activity, false) === undefined;
}

/**
 * The rules that record the activities, for the machine's own calls and those of its 32-bit programs. The kernel goes through all rules at the end
 * of every system call of the machine, so what has the same fields is one rule. Empty for an architecture that is not known.
 */
export function ruleSet(request: RuleSetRequest): readonly AuditRule[] {
  return conventionsOf(request.arch).flatMap((convention) => rulesOf(convention, request));
}

function rulesOf(
  convention: CallingConvention,
  { activities, pid, key, families }: RuleSetRequest,
): readonly AuditRule[] {
  const merged = new Map<string, { readonly fields: readonly AuditRuleField[]; readonly syscalls: Set<number> }>();
  function add(fields: readonly AuditRuleField[], syscalls: readonly number[]): void {
    if (syscalls.length === 0) return;
    const name = JSON.stringify(fields);
    const rule = merged.get(name) ?? { fields, syscalls: new Set() };
    merged.set(name, rule);
    for (const syscall of syscalls) rule.syscalls.add(syscall);
  }
  for (const activity of new Set(activities)) {
    const condition = conditionOf(activity, families);
    if (condition === undefined) continue;
    for (const [fields, syscalls] of expand(convention, condition)) add(fields, syscalls);
  }
  const common = [equal(FIELD.arch, convention.arch), { field: FIELD.pid, op: OP.notEqual, value: pid }];
  return [...merged.values()].map(({ fields, syscalls }) => ({
    list: LIST.exit,
    action: ACTION.always,
    syscalls: [...syscalls].sort((a, b) => a - b),
    fields: [...common, ...fields],
    key,
  }));
}

function* expand(
  { numbers, socketcall }: CallingConvention,
  { calls, fields }: Condition,
): Generator<readonly [readonly AuditRuleField[], readonly number[]]> {
  yield [fields, calls.flatMap((call) => numbers[call] ?? [])];
  // What the first argument would be is in the program's memory, where a rule cannot look.
  const others = fields.filter(({ field }) => field !== FIELD.arg0);
  for (const call of calls) {
    const number = socketcall?.calls[call];
    if (socketcall !== undefined && number !== undefined) {
      yield [[equal(FIELD.arg0, number), ...others], [socketcall.number]];
    }
  }
}

function equal(field: number, value: number): AuditRuleField {
  return { field, op: OP.equal, value };
}
