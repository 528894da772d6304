import type { AuditRule } from "./audit-rule.ts";
import type { AuditStatus } from "./audit-status.ts";

/** Questions to the kernel's audit system, and what can be set there: audit_get_reply(3) and its like, over netlink. */
export interface AuditControl extends Disposable {
  /** @throws ProcmonError `METHOD_UNAVAILABLE` in words for the user where it may not be asked */
  status(): AuditStatus;
  /** Changes what is given, and nothing else. */
  set(settings: AuditSettings): void;
  /** All rules, in the order in which the kernel looks at them. */
  rules(): readonly AuditRule[];
  /** Appends a rule. Gives the errno's name where the kernel refuses it, for example `EEXIST`, `EINVAL`. */
  addRule(rule: AuditRule): string | undefined;
  /** Removes the rule that is the same in everything. False where it is not there. */
  deleteRule(rule: AuditRule): boolean;
  close(): void;
}

/** What can be set; see `AuditStatus`. */
export interface AuditSettings {
  readonly enabled?: 0 | 1;
  readonly backlogLimit?: number;
  /** Becomes the daemon to which the kernel sends its records (this process, by the socket that the call is made with), or leaves with 0. */
  readonly pid?: number;
}
