import type { Procfs } from "@procmon/core";
import type { AuditControl } from "../kernel/audit-control.ts";
import type { AuditActivity } from "./activities.ts";
import { claimMonitor, releaseMonitor } from "./claim.ts";
import { type InstalledRules, installRules } from "./install-rules.ts";
import { type RemovedLeftovers, removeLeftovers } from "./leftovers.ts";
import { raiseSettings, type WantedSettings } from "./raised-settings.ts";
import { type AuditMonitor, type RaisedValues, ruleKey } from "./rule-key.ts";
import { settleSettings } from "./settle-settings.ts";

/** What a monitor wants of the kernel. */
export interface PresenceOptions extends WantedSettings {
  readonly procfs: Procfs;
  readonly activities: readonly AuditActivity[];
  /** @default that of this process */
  readonly arch?: string;
}

/** What a monitor has in the kernel. */
export interface AuditPresence {
  /** The key of its rules. Undefined for one that adds none: nothing had to be changed, or can be until the machine starts again. */
  readonly key: string | undefined;
  /** What this kernel cannot record as it is asked for. */
  readonly missing: readonly AuditActivity[];
  readonly raised: RaisedValues | undefined;
  /** Of monitors that were killed. */
  readonly leftovers: RemovedLeftovers;
  /**
   * Takes the rules out, and puts settings back that no other monitor needs. Idempotent. @throws ProcmonError `METHOD_UNAVAILABLE` where
   * something has to stay, since nothing can be changed any more
   */
  leave(): void;
}

/**
 * Makes a monitor known to others, takes away what killed ones had left, raises settings and adds rules, in this order: whatever the moment at
 * which it is killed, the next one finds what there is to take away.
 *
 * @param control has to be open until `leave`
 * @throws ProcmonError `METHOD_UNAVAILABLE`; nothing is left then
 */
export function enterAudit(control: AuditControl, options: PresenceOptions): AuditPresence {
  const { procfs, activities, arch = process.arch } = options;
  if (wantsNothing(options)) return absence(mayChange(control) ? removeLeftovers(control, procfs) : NOTHING_LEFT);
  if (activities.length === 0 && !mayChange(control)) return absence(NOTHING_LEFT);
  const monitor = claimMonitor(control, procfs);
  const key = ruleKey(monitor);
  let rules: InstalledRules | undefined;
  const leave = (): void => leaveAudit(control, procfs, monitor, rules);
  try {
    const leftovers = removeLeftovers(control, procfs, monitor);
    const raised = raiseSettings(control, monitor, { mayBeOff: activities.length === 0, ...options });
    rules = installRules(control, { arch, activities, pid: process.pid, key });
    return { key, missing: rules.missing, raised, leftovers, leave: once(leave) };
  } catch (error) {
    try {
      leave();
    } catch {
      // Why it could not begin is what counts; what is left goes with the next start.
    }
    throw error;
  }
}

const NOTHING_LEFT: RemovedLeftovers = { rules: 0, settings: false };

/** True where what others have made of the kernel's auditing is good as it is. */
function wantsNothing({ activities, enable, backlogLimit }: PresenceOptions): boolean {
  return activities.length === 0 && !enable && backlogLimit === undefined;
}

/** False once settings and rules are locked (`auditctl -e 2`). */
function mayChange(control: AuditControl): boolean {
  return control.status().enabled !== 2;
}

/** Of one that is in nobody's way, and of whom nobody has to know: it stays when others put settings back. */
function absence(leftovers: RemovedLeftovers): AuditPresence {
  return { key: undefined, missing: [], raised: undefined, leftovers, leave() {} };
}

function leaveAudit(
  control: AuditControl,
  procfs: Procfs,
  monitor: AuditMonitor,
  rules: InstalledRules | undefined,
): void {
  rules?.remove();
  releaseMonitor(control, monitor);
  settleSettings(control, procfs);
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    work();
    done = true;
  };
}
