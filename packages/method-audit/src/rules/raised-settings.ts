import { ProcmonError } from "@procmon/core";
import type { AuditControl, AuditSettings } from "../kernel/audit-control.ts";
import { auditRefused } from "../kernel/audit-refusal.ts";
import type { AuditStatus } from "../kernel/audit-status.ts";
import { inertRule } from "./inert-rule.ts";
import { type AuditMonitor, markerKey, type RaisedValues } from "./rule-key.ts";

/** What a monitor needs. */
export interface WantedSettings {
  /** Auditing may be turned on where it is off. */
  readonly enable: boolean;
  /** It may as well stay off: no rule of ours is to record anything. @default false */
  readonly mayBeOff?: boolean;
  /** Records that the kernel is to hold at least. @default what is set */
  readonly backlogLimit?: number | undefined;
}

/**
 * Raises what is lower than it has to be. A marker remembers the former values before anything changes, so that they can be put back after a
 * kill -9; `settleSettings` does that.
 *
 * @returns what was raised, if anything
 * @throws ProcmonError `METHOD_UNAVAILABLE` where auditing is off and is not to be turned on
 */
export function raiseSettings(
  control: AuditControl,
  monitor: AuditMonitor,
  wanted: WantedSettings,
): RaisedValues | undefined {
  const raised = valuesToRaise(control.status(), wanted);
  if (raised === undefined) return undefined;
  const code = control.addRule(inertRule(markerKey(monitor, raised)));
  // One that is there already says the same.
  if (code !== undefined && code !== "EEXIST") throw auditRefused({ code, isSent: true });
  control.set(settingsOf(raised));
  return raised;
}

/** Undefined where all is as it has to be. @throws ProcmonError `METHOD_UNAVAILABLE` where auditing is off and is not to be turned on */
function valuesToRaise(status: AuditStatus, wanted: WantedSettings): RaisedValues | undefined {
  const { enable, mayBeOff = false, backlogLimit } = wanted;
  if (status.enabled === 0 && !enable && !mayBeOff) {
    throw new ProcmonError({
      code: "METHOD_UNAVAILABLE",
      message: "The kernel's auditing is off.",
      remedy: "Turn it on (auditctl -e 1, or start auditd), or let the method do it while it runs: enable: true.",
    });
  }
  const isLow = backlogLimit !== undefined && status.backlogLimit < backlogLimit && status.enabled !== 2;
  const isOff = status.enabled === 0 && enable;
  if (!isOff && !isLow) return undefined;
  return {
    ...(isOff ? { enabled: { before: 0, since: 1 } } : {}),
    ...(isLow ? { backlogLimit: { before: status.backlogLimit, since: backlogLimit } } : {}),
    daemon: status.pid,
  };
}

function settingsOf({ enabled, backlogLimit }: RaisedValues): AuditSettings {
  return { ...(enabled ? { enabled: 1 } : {}), ...(backlogLimit ? { backlogLimit: backlogLimit.since } : {}) };
}
