import type { Procfs } from "@procmon/core";
import type { AuditRule } from "../kernel/audit-rule.ts";
import { mayLive } from "./monitor-life.ts";
import { type AuditMonitor, isSameMonitor, parseKey, type RaisedValues } from "./rule-key.ts";

/** A rule that is there to remember what a monitor raised. */
export interface Marker {
  readonly monitor: AuditMonitor;
  readonly raised: RaisedValues;
  readonly rule: AuditRule;
}

/** What monitors of ours have in the kernel. */
export interface MonitorsInKernel {
  /** Of all that raised something, the oldest first: the first one's values are those from before there was any monitor. */
  readonly markers: readonly Marker[];
  /** All other rules of each monitor. A monitor that has none has ended, or has not begun. */
  readonly monitors: readonly { readonly monitor: AuditMonitor; readonly rules: readonly AuditRule[] }[];
}

/** Sorts out the rules of ours. The kernel lists rules in the order in which they were added. */
export function monitorsInKernel(rules: readonly AuditRule[]): MonitorsInKernel {
  const markers: Marker[] = [];
  const monitors: { readonly monitor: AuditMonitor; readonly rules: AuditRule[] }[] = [];
  for (const rule of rules) {
    const parsed = rule.key === undefined ? undefined : parseKey(rule.key);
    if (parsed === undefined) continue;
    const { monitor, raised } = parsed;
    if (raised !== undefined) {
      markers.push({ monitor, raised, rule });
      continue;
    }
    const known = monitors.find((each) => isSameMonitor(each.monitor, monitor));
    if (known) known.rules.push(rule);
    else monitors.push({ monitor, rules: [rule] });
  }
  return { markers, monitors };
}

/** True if a monitor other than `self` runs. */
export function hasOthers(procfs: Procfs, { monitors }: MonitorsInKernel, self?: AuditMonitor): boolean {
  return monitors.some(({ monitor }) => !(self && isSameMonitor(monitor, self)) && mayLive(procfs, monitor));
}
