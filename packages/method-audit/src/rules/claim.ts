import { DEFAULT_PROCFS, type Procfs, ProcmonError, readStartTime } from "@procmon/core";
import type { AuditControl } from "../kernel/audit-control.ts";
import { auditRefused } from "../kernel/audit-refusal.ts";
import { inertRule } from "./inert-rule.ts";
import { type AuditMonitor, ruleKey } from "./rule-key.ts";

/** Monitors of one process. */
const MONITORS_MOST = 1000;

/**
 * Tells other monitors that there is a new one, before it relies on anything: a rule that never holds, with a key that no other monitor has.
 * The kernel refuses the same rule a second time, which makes it sure.
 *
 * @throws ProcmonError `METHOD_UNAVAILABLE` where no rule can be added, `METHOD_FAILED`
 */
export function claimMonitor(control: AuditControl, procfs: Procfs = DEFAULT_PROCFS): AuditMonitor {
  const startTime = readStartTime(procfs, process.pid);
  if (startTime === undefined) {
    throw new ProcmonError({ code: "PROCFS_UNAVAILABLE", message: "This process cannot be found in /proc." });
  }
  for (let number = 1; number <= MONITORS_MOST; number++) {
    const monitor = { pid: process.pid, startTime, number };
    const code = control.addRule(inertRule(ruleKey(monitor)));
    if (code === undefined) return monitor;
    if (code !== "EEXIST") throw auditRefused({ code, isSent: true });
  }
  throw new ProcmonError({ code: "METHOD_FAILED", message: `There are ${MONITORS_MOST} monitors in this process.` });
}

/** Takes it back. */
export function releaseMonitor(control: AuditControl, monitor: AuditMonitor): void {
  control.deleteRule(inertRule(ruleKey(monitor)));
}
